import 'antd/dist/reset.css'
import './app/styles.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'

createRoot(document.getElementById('root')!).render(<App />)
