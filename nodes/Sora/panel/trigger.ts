/** Shared by the trigger's panel and its implementation. */
export const EVENTS = ['finished', 'failed'] as const;

/** Part of URLs that users have given to gateways, so it must not change. */
export const SECRET_QUERY = 'secret';
