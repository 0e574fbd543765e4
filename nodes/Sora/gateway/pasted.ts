/** Patterns for what is pasted along with a key or an address. Kept small: n8n loads it at startup. */

/** What people copy along with a key: quotes, the header's name, "Bearer". */
export const AROUND_KEY =
	/^[\s"'`“‘]*(?:[^]*authorization["'\s]*[:：=]["'\s]*)?(?:bearer[\s:：]+)?["'“]*|["'`”’\s,;]+$/gi;
export const AROUND_ADDRESS = /^[^]*?(?=https?:\/\/)|^[\s"'`<“‘]+|[\s"'`>”’,;]+$/gi;
/** A version or a whole route pasted at the end of a base URL: both belong to the routes. */
export const ROUTE_IN_BASE_URL =
	/\/+(?:v[12](?:\/+(?:videos?|images?|chat|completions|responses|models|files|token)\b.*)?|sora\/v1\b.*)?\/*$/i;
