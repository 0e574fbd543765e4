/** What is pasted along with a key or an address: apart, as the credential uses it too, which n8n loads at each start. */

/** What people copy along with a key: quotes, the name of the header, the word in front. */
export const AROUND_KEY =
	/^[\s"'`“‘]*(?:[^]*authorization["'\s]*[:：=]["'\s]*)?(?:bearer[\s:：]+)?["'“]*|["'`”’\s,;]+$/gi;
export const AROUND_ADDRESS = /^[^]*?(?=https?:\/\/)|^[\s"'`<“‘]+|[\s"'`>”’,;]+$/gi;
/** The version at the end of a base URL belongs to the routes, and so does a whole route that was pasted. */
export const ROUTE_IN_BASE_URL =
	/\/+(?:v[12](?:\/+(?:videos?|images?|chat|completions|responses|models|files|token)\b.*)?|sora\/v1\b.*)?\/*$/i;
