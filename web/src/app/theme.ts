import type { ThemeConfig } from 'antd'

// 蜀惠's red is the red of a chilli, kept for the one action that matters on a page and for the line of the day.
// Links and information are ink blue, so that a table of promotions does not look like a table of alarms.
export const BRAND = '#b5232a'
export const INK = '#1f2329'
export const MUTED = '#646a73'
export const LINE = '#e7e8eb'

/** Who asked the system for less motion gets none: antd keeps a closed dialog and a spent spinner until their motion has ended, which a starved browser may never say. */
const still = typeof window !== 'undefined' && typeof window.matchMedia === 'function' && window.matchMedia('(prefers-reduced-motion: reduce)').matches

/** Words of tags, one step darker than antd's, which hold 3.4 to 1. antd knows each of them by two names that become one variable of CSS. */
const tagWords = Object.fromEntries(
  Object.entries({ green: '#237804', volcano: '#ad2102', orange: '#ad4e00', gold: '#8f5a00', cyan: '#006d75' }).flatMap(([name, colour]) => [[`${name}7`, colour], [`${name}-7`, colour]]),
)

export const theme: ThemeConfig = {
  token: {
    motion: !still,
    colorPrimary: BRAND,
    colorInfo: '#2b5c9e',
    colorLink: '#2b5c9e',
    colorLinkHover: '#3f76c2',
    colorError: '#bb460b',
    colorSuccess: '#2c8a57',
    colorWarning: '#c98a00',
    colorTextBase: INK,
    colorBgLayout: '#f4f5f7',
    colorBorderSecondary: LINE,
    colorTextPlaceholder: '#70767f',
    colorTextDescription: MUTED, // antd's own, of 45 %, holds 2.8 to 1
    colorTextTertiary: MUTED,
    ...tagWords,
    borderRadius: 4,
    fontSize: 14,
    fontFamily: '-apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Helvetica Neue", sans-serif',
    controlHeight: 32,
    wireframe: false,
  },
  components: {
    Layout: { headerBg: '#fff', headerHeight: 52, headerPadding: '0 20px', siderBg: '#fff', bodyBg: '#f4f5f7' },
    Menu: { itemHeight: 40, itemBorderRadius: 4, itemSelectedBg: '#faf0f0', itemSelectedColor: BRAND, activeBarBorderWidth: 0 },
    Table: { headerBg: '#f7f8fa', headerColor: MUTED, headerSplitColor: 'transparent', cellPaddingBlockMD: 10, cellPaddingInlineMD: 12, rowHoverBg: '#fafbfc', rowSelectedBg: '#f5f7fa', rowSelectedHoverBg: '#eef1f5' },
    Card: { bodyPadding: 16, headerHeight: 46, headerFontSize: 15 },
    Tabs: { titleFontSize: 14, horizontalItemGutter: 24 },
    Steps: { iconSize: 26 },
    Form: { itemMarginBottom: 22, verticalLabelPadding: '0 0 4px' },
    Tag: { defaultBg: '#f2f3f5', defaultColor: '#4e5560' },
  },
}
