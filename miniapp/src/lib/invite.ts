/** Where a link with an invitation code leads */
export const invitePath = (code: string): string => `/pages/invite/index?code=${encodeURIComponent(code)}`
