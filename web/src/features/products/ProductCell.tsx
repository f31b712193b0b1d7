export function ProductCell({ product }: { product: { sku: string; name: string; emoji: string; imageHue: number } }) {
  return (
    <div className="product-cell">
      <span className="pic emoji" style={{ background: `hsl(${product.imageHue} 60% 94%)` }} aria-hidden>{product.emoji}</span>
      <div className="names">
        <div className="ellipsis">{product.name}</div>
        <div className="muted small num">{product.sku}</div>
      </div>
    </div>
  )
}
