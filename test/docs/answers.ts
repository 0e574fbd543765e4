/** The page of docs/ on how a gateway's answers are read. */
import { ENVELOPES } from '../../nodes/Sora/gateway/answers/view';
import { FAILURES } from '../../nodes/Sora/gateway/failures';
import { table, WRITTEN } from './markdown';

const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

/** Facts, where they are read from, and where they are never read from. */
const ROWS = `
State | \`task_status\`, \`status\` or \`state\`, then any name with such an ending and a known word as its value | states of the call, a payment, a webhook, an upload, a review
Video | \`output\` and \`video_url\`, in the task or in its data; then names that mention a video or a result, values with a video's extension, names for an address; without a watermark first; links within texts. All links of the same list are returned in order, those with a video's extension first. Links relative to the gateway are resolved. In a task that has not failed, \`fail_reason\` may be the link | thumbnails, covers, posters, previews, frames, images, inputs, hooks, addresses to poll or to share
ID, at the purchase | names that mention the task, job, generation or video; then \`id\`; then an envelope that is only an ID; then the ID of anything else; last \`request_id\`, if something has begun | IDs of parents, sources, users, models, files, requests; an ID that was sent; an ID beside words of an error, unless it is named after the task
Progress | \`progress\`, \`percent\`, \`percentage\`: 45, \`"45%"\`, 0.45 |
Submitted, started, finished | \`submit_time\`, \`createdAt\`, \`completed_at\` and the like, ISO 8601 or unix time |
Reason of a failure | \`fail_reason\`, then names that mention a failure or an error, in the task before around it; then \`message\`, \`msg\`, \`reason\`, \`detail\`, \`description\`. Nested JSON strings are opened |
Its code | names for a failure's code, then \`code\`, \`status_code\` |
Cost | \`cost_usd\`, \`cost\`, \`quota\`, \`credits\` of the task, also in its \`usage\` or \`billing\` |
Character | \`username\`, \`user_name\`, \`character_name\`, \`name\`, or the only value in \`result\` or \`data\`; \`id\`, \`character_id\`; otherwise the ID of the task that makes it |
Uploaded file | \`url\`, \`file_url\`, \`download_url\`, \`location\`, \`path\` and the like, relative ones too | thumbnails, addresses to delete or to upload to
`
	.trim()
	.split('\n')
	.map((row) => row.split(/ \| ?/));

export function answersPage(): string {
	const endsWait = Object.entries(FAILURES)
		.filter(([, { endsWait: ends }]) => ends)
		.map(([category]) => category)
		.sort();
	return `${[
		WRITTEN,
		'# How answers are read',
		'*For developers of this package, or of a gateway that it should understand. You do not need this to build workflows.*',
		'Gateways of this family differ in their words and in where they put things. One reader handles all of them: it searches the answer, level by level, for fields with telling names. The spelling of a name (`videoUrl`, `video_url`, `videourl`) makes no difference.',
		`The **task** is the object with the polled ID, otherwise the first with a status word, otherwise the first with a link; on each level ${quoted(ENVELOPES)} come first. A list of one stands for its element. JSON in strings is opened. What the user sent (\`input\`, \`params\`, \`request\`, \`prompt\`, webhooks) is never searched, and a link of the order is never the result. Integers beyond 2^53 keep every digit. An answer beyond 16 MiB is not read.`,
		table(['What', 'Read from', 'Never from'], ROWS),
		'## Words',
		'Status words are recognised by their stems, whatever surrounds them and however they are spelled: `render-complete` is finished, `TASK_STATUS_FAILED`, `content_filtered` and `已退款` have failed, `not_finished` and `first_frame_ready` are running.',
		[
			'- An unknown word means *running* unless something else says that the task is over: a finish time, or 100 %. Then it means *finished* with a link and *failed* without one.',
			'- A link without any word means *finished*, unless the progress is below 100 %.',
			'- A word for *running* or *failed* counts even with a link, which may be a preview.',
			'- If later work on the video was ordered, such as upscaling, a word for the first stage (`video_generation_completed`) means *running*. If the later work failed and there is a link, the earlier video is the result, with a note.',
			'- *Finished* without a link, but with a field or words that report a failure (`raiMediaFilteredReasons`), means *failed*.',
			'- Numbers and booleans are not words; `status_desc` beside a number is. `{"done":true}` means *finished*.',
			'- Several videos, each with a state, are running as long as one of them is.',
			'- `{"status":"error","message":…}` without any field of a task is a failed call, never a failed task.',
			'- The answer to the order is also read as a task: a finished video in it is delivered.',
		].join('\n'),
		'## What ends a wait',
		`The wait for an accepted task survives pages, redirects, odd statuses, empty answers and lost connections until the deadline. Only what the gateway itself says in JSON can end it earlier: with status 401 or 403, or as ${quoted(endsWait)}, and only if it says the same for 60 seconds. Video > Get with an ID that was never confirmed believes it at once, and gives up an address that only answers with pages after four attempts.`,
		'## What is kept',
		'The reason of a failure and the words of a refusal are cut to some 2,000 characters, strings in a task object to some 4,000 (links stay whole), and the whole object to some 256 KB. Every cut leaves a marker, `… (cut: 20480 characters)`.',
	].join('\n\n')}\n`;
}
