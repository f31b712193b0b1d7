import { App, Button, Input, Modal, Popconfirm, Select, Switch, Table, Tag, Typography } from 'antd'
import { useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { PageHead } from '../../components/Page'
import { Asked, EmptyState } from '../../components/States'
import { type Channel, CreateExternalSystemDocument, ExternalSystemsDocument, RevokeExternalSystemDocument, StoresDocument, type SystemRowFragment } from '../../gql/graphql'
import { useCommandKey } from '../../lib/idempotency'
import { useT } from '../../lib/i18n'
import { useSayTrouble } from '../../lib/result'
import { formatDateTime } from '../../lib/time'

const CHANNELS: Channel[] = ['POS', 'MALL', 'APP', 'MINIAPP', 'H5']

/** 系统接入: tills and marketplaces, and the key of each, which is shown once */
export function SystemsPage() {
  const t = useT()
  const [{ data, error, fetching }, again] = useQuery({ query: ExternalSystemsDocument, requestPolicy: 'cache-and-network' })
  const [stores] = useQuery({ query: StoresDocument })
  const [open, setOpen] = useState(false)
  const [made, setMade] = useState<{ name: string; key: string } | null>(null)
  const reload = (): void => again({ requestPolicy: 'network-only' })
  const names = new Map((stores.data?.stores ?? []).map((store) => [store.id, store.name]))
  return (
    <>
      <PageHead title={t('system.title')} extra={<Button type="primary" onClick={() => setOpen(true)}>{t('system.add')}</Button>} />
      <p className="muted" style={{ marginTop: 0 }}>{t('system.hint')}</p>
      <Asked data={data} error={error} fetching={fetching} onRetry={reload}>
        {({ externalSystems }) => (
          <div className="panel">
            <Table
              size="middle" rowKey="id" dataSource={externalSystems} pagination={false}
              locale={{ emptyText: <EmptyState title={t('system.none')} hint={t('system.noneHint')} /> }}
              columns={[
                { title: t('system.name'), render: (_, one) => <><b style={{ fontWeight: 500 }}>{one.name}</b><div className="muted small num">{one.code}</div></> },
                { title: t('system.channel'), width: 120, render: (_, one) => t(`channel.${one.channel}`) },
                { title: t('system.stores'), render: (_, one) => (one.storeIds.length === 0 ? t('system.allStores') : one.storeIds.map((id) => names.get(id) ?? id).join('、')) },
                { title: t('system.stock'), width: 150, render: (_, one) => t(one.takesStock ? 'system.ours' : 'system.theirs') },
                { title: t('system.since'), width: 160, render: (_, one) => <span className="num nowrap">{formatDateTime(one.createdAt)}</span> },
                { title: t('column.state'), width: 100, render: (_, one) => <Tag color={one.revokedAt ? undefined : 'green'} style={{ margin: 0 }}>{t(one.revokedAt ? 'system.out' : 'system.in')}</Tag> },
                { title: t('column.actions'), width: 80, render: (_, one) => (one.revokedAt ? null : <Revoke system={one} reload={reload} />) },
              ]}
            />
          </div>
        )}
      </Asked>
      {open && <Add stores={[...names].map(([value, label]) => ({ value, label }))} close={() => setOpen(false)} done={(name, key) => { setOpen(false); setMade({ name, key }); reload() }} />}
      {made && (
        <Modal open title={t('system.key', { name: made.name })} footer={<Button type="primary" onClick={() => setMade(null)}>{t('system.keyKept')}</Button>} closable={false} mask={{ closable: false }} width={460}>
          <p style={{ marginTop: 0 }}>{t('system.keyHint')}</p>
          <Typography.Paragraph code copyable style={{ wordBreak: 'break-all' }} data-testid="system-key">{made.key}</Typography.Paragraph>
        </Modal>
      )}
    </>
  )
}

function Add({ stores, close, done }: { stores: { value: string; label: string }[]; close: () => void; done: (name: string, key: string) => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [name, setName] = useState('')
  const [code, setCode] = useState('')
  const [channel, setChannel] = useState<Channel>('POS')
  const [storeIds, setStoreIds] = useState<string[]>([])
  const [takesStock, setTakesStock] = useState(true)
  const [busy, setBusy] = useState(false)
  const [, send] = useMutation(CreateExternalSystemDocument)
  const run = async (): Promise<void> => {
    const wish = { name: name.trim(), code: code.trim(), channel, storeIds, takesStock }
    setBusy(true)
    const { data, error } = await send({ input: { ...wish, idempotencyKey: key.for(wish) } })
    setBusy(false)
    if (error) return sayTrouble(error)
    const result = data?.createExternalSystem
    if (result?.__typename === 'ExternalSystemMade') {
      key.done()
      if (result.key) done(result.system.name, result.key)
      else message.warning(t('system.keyGone'))
    } else message.error(result && 'message' in result ? result.message : t('trouble.fault'))
  }
  return (
    <Modal open title={t('system.add')} okText={t('system.add')} cancelText={t('action.cancel')} okButtonProps={{ disabled: name.trim() === '' || code.trim().length < 2, loading: busy }} onOk={() => void run()} onCancel={close} width={460}>
      <label className="stacked">{t('system.name')}<Input value={name} maxLength={40} placeholder={t('system.nameHint')} onChange={(e) => setName(e.target.value)} /></label>
      <label className="stacked">{t('system.code')}<Input value={code} maxLength={20} placeholder="pos-chunxi" onChange={(e) => setCode(e.target.value.toLowerCase())} /></label>
      <label className="stacked">{t('system.channel')}<Select value={channel} onChange={setChannel} options={CHANNELS.map((one) => ({ value: one, label: t(`channel.${one}`) }))} style={{ width: '100%' }} /></label>
      <label className="stacked">{t('system.stores')}<Select mode="multiple" allowClear value={storeIds} onChange={setStoreIds} options={stores} placeholder={t('system.allStores')} showSearch={{ optionFilterProp: 'label' }} style={{ width: '100%' }} /></label>
      <label style={{ display: 'flex', gap: 10, alignItems: 'center' }}><Switch size="small" checked={takesStock} onChange={setTakesStock} /><span>{t('system.takesStock')}<span className="muted small" style={{ marginLeft: 8 }}>{t('system.takesStockHint')}</span></span></label>
    </Modal>
  )
}

function Revoke({ system, reload }: { system: SystemRowFragment; reload: () => void }) {
  const t = useT()
  const { message } = App.useApp()
  const sayTrouble = useSayTrouble()
  const key = useCommandKey()
  const [, send] = useMutation(RevokeExternalSystemDocument)
  const run = async (): Promise<void> => {
    const wish = { systemId: system.id }
    const { data, error } = await send({ input: { ...wish, idempotencyKey: key.for(wish) } })
    if (error) return sayTrouble(error)
    const result = data?.revokeExternalSystem
    if (result?.__typename !== 'ExternalSystem') return void message.error(result && 'message' in result ? result.message : t('trouble.fault'))
    key.done()
    message.success(t('system.revoked'))
    reload()
  }
  return (
    <Popconfirm title={t('system.revokeAsk', { name: system.name })} description={t('system.revokeHint')} okText={t('system.revoke')} cancelText={t('action.cancel')} okButtonProps={{ danger: true }} onConfirm={run}>
      <Button type="link" size="small" danger style={{ padding: 0 }}>{t('system.revoke')}</Button>
    </Popconfirm>
  )
}
