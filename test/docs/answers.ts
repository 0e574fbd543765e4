/** The page of docs/ that says what is read of a gateway's answers. */
import { ENVELOPES } from '../../nodes/Sora/gateway/answers/view';
import { FAILURES } from '../../nodes/Sora/gateway/failures';
import { table, WRITTEN } from './markdown';

const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

/** What is read, where from, and where never from. */
const ROWS = `
State | \`task_status\`, \`status\` or \`state\`, then any name that ends so and holds a word that is known | states of the call, a payment, a webhook, an upload, a review
Video | \`output\` and \`video_url\`, in the task or in its data; then what speaks of a video or a result, ends like a video, or is called an address; without a watermark first; texts that name a video. All links of the same list come out, in their order, those that end like a video first. Links relative to the gateway are resolved. Of a task that has not failed \`fail_reason\` may be the link | thumbnails, covers, posters, previews, frames, images, inputs, hooks, addresses to ask or to share
ID, at the purchase | names that speak of the task, job, generation or video; then \`id\`; then an envelope that is nothing but an ID; then the ID of anything else; last \`request_id\`, where something has begun | IDs of parents, sources, users, models, files, requests; an ID that was sent; what stands beside words of an error, unless it is called after the task
Progress | \`progress\`, \`percent\`, \`percentage\`: 45, \`"45%"\`, 0.45 |
Submitted, started, finished | \`submit_time\`, \`createdAt\`, \`completed_at\` and the like, ISO 8601 or unix time |
Reason of a failure | \`fail_reason\`, then what speaks of a failure or of an error, in the task before around it; then \`message\`, \`msg\`, \`reason\`, \`detail\`, \`description\`. JSON in the words is opened, however deep |
Its code | what speaks of the code of a failure, then \`code\`, \`status_code\` |
Cost | \`cost_usd\`, \`cost\`, \`quota\`, \`credits\` of the task, also in its \`usage\` or \`billing\` |
Character | \`username\`, \`user_name\`, \`character_name\`, \`name\`, or what stands alone in \`result\` or \`data\`; \`id\`, \`character_id\`; where there is neither, the ID of the task that makes it |
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
		'# What is read of an answer',
		'*For developers: of this package, or of a gateway that it is to understand. To build a workflow, you need none of this.*',
		'Gateways of this family differ in their words and in where they put things. One reader takes them all: it searches the answer, level by level, for fields whose names say what they are. How a name is written (`videoUrl`, `video_url`, `videourl`) makes no difference.',
		`The **task** is the object with the ID that was asked for, else the first with a word for its state, else the first with a link; on each level ${quoted(ENVELOPES)} come first. A list of one is what is in it. JSON in strings is opened. What the user sent (\`input\`, \`params\`, \`request\`, \`prompt\`, webhooks) is never looked into. Integers beyond 2^53 keep every digit. An answer beyond 16 MiB is not read.`,
		table(['What', 'Read from', 'Never from'], ROWS),
		'## Words',
		'Words are known by their stems, whatever stands around them and however they are written: `render-complete` is finished, `TASK_STATUS_FAILED`, `content_filtered` and `已退款` have failed, `not_finished` and `first_frame_ready` are running.',
		[
			'- A word that nobody knows means *running* as long as nothing else says that it is over. With a finish time, or at 100 %, it is: *finished* beside a link, *failed* without one. Of a task with such a word nothing says that it goes on.',
			'- No word at all beside a link means *finished*, unless a progress below 100 % says otherwise.',
			'- A word for *running* stands also beside a link, which may be a preview; so does a word for *failed*.',
			'- Where work on the finished video was ordered (upscaling, say), a word for the first stage (`video_generation_completed`) means *running*. Where that later work failed and there is a link, the video from before it is the result, with a note.',
			'- *Finished* without a link, beside a field that speaks of a failure or words that do (`raiMediaFilteredReasons`), means *failed*.',
			'- A number or a switch is no word.',
			'- Several videos with a state each are running as long as one of them is.',
			'- `{"status":"error","message":…}` with nothing of a task in it is a failure of the call, and never counts as one of the task.',
			'- The answer to the order is read as a task, too: a finished video in it is delivered.',
		].join('\n'),
		'## What ends a wait',
		`A poll of a task that the gateway accepted outlives pages, redirects, odd statuses, empty answers and lost connections until the deadline. Only what the gateway itself says in JSON can end the wait before, with status 401 or 403 or as ${quoted(endsWait)}, and only when it says the same for 60 seconds. Video > Get with an ID of which nothing was ever heard believes it at once, and gives up an address that answers with pages alone after four attempts.`,
		'## What is kept',
		'The reason of a failure and the words of a refusal are cut to some 2,000 characters, of a task object strings to some 4,000 (links stay whole) and all of it to some 256 KB. Every cut leaves a sign, `… (cut: 20480 characters)`.',
	].join('\n\n')}\n`;
}
