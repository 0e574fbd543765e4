/** What the panel of the trigger and its work have in common. */
export const EVENTS = ['finished', 'failed'] as const;

/** Part of URLs that users have given to gateways. */
export const SECRET_QUERY = 'secret';
