import fc from 'fast-check';

import { parseJson, readComplaint } from '../../nodes/Sora/gateway/contract';
import { classifyFailedTask } from '../../nodes/Sora/gateway/failedAnswer';
import { refusalIn } from '../../nodes/Sora/gateway/refusals';
import { classify } from './builders';

const asTask = classifyFailedTask;
const asRefusal = (words: string, code = 'x') =>
	classify(readComplaint(parseJson(JSON.stringify({ error: { code, message: words } }))), 400);

/** Texts with a line between them. */
const listed = (texts: string) => texts.split('|').map((text) => text.trim());

const MODERATED = listed(`
	生成失败：提示词违反了内容政策，请修改后重试 | 该内容可能违反我们关于第三方内容相似性的规定 |
	提示词中涉及名人，无法生成 | 内容可能涉及未成年人，无法生成 | 该视频可能包含裸露内容 |
	提示词包含违禁词 | 触发风控 | 审核未通过 | 审核失败 | 内容不合规 | 图片涉黄 | 涉政内容 | 色情 |
	暴力 | 视频生成失败: 内容不符合规范 | 提示词被拦截 | 图片被屏蔽 | 命中敏感词 | 内容存在风险 |
	安全策略拦截 | 涉及版权问题 | 商标侵权 | 侵犯肖像权 | 输入内容可能包含不当信息 | 检测到敏感内容 |
	InputTextSensitiveContentDetected | OutputVideoSensitiveContentDetected.PolicyViolation |
	DataInspectionFailed | raiMediaFilteredCount | content_filter | SENSITIVE_CONTENT |
	OutputImageRiskDetection | sentinel_block | PUBLIC_ERROR_UNSAFE_GENERATION |
	PUBLIC_ERROR_MINOR_UPLOAD | PUBLIC_ERROR_IP_INPUT_IMAGE | PUBLIC_ERROR_AUDIO_FILTERED |
	PUBLIC_ERROR_PROMINENT_PEOPLE_UPLOAD | content_policy_violation | SAFETY.INPUT.TEXT |
	moderation_blocked | input_moderation | output_moderation | SAFETY | policyViolation |
	content policies | usage guidelines | sensitive information | involving minors |
	a well-known trademark | blocked_by_policy | IMAGE_SAFETY | RECITATION | HARM_CATEGORY_DANGEROUS |
	PROHIBITED_CONTENT | audit_failed | The image shows a child | a person under the age of 18 |
	The text is illegal | 涉及国家领导人 | bad words |
	Your prompt was flagged by Website as violating content policies. |
	This content may violate our guardrails concerning similarity to third-party content. |
	The request failed because the output video may contain sensitive information. |
	The content could not be processed because it contained material flagged by a content checker. |
	This prompt contains sensitive words that violate Google's Responsible AI practices. |
	Failure to pass the risk control system |
	Your request was rejected as a result of our safety system. |
	Output data may contain inappropriate content. |
	The output audio may be related to copyright restrictions. |
	Internal error: the prompt violates our content policy, try again later |
	The generated video may violate the community guidelines |
	your prompt goes against our usage policies | We cannot generate this due to safety concerns |
	The prompt is not allowed | Prompt not allowed because of moderation |
	The likeness of a public figure cannot be used | contains hate speech | NSFW content detected |
	IP infringement
`);

const REAL_PERSON = listed(`
	图片包含写实人物 | 上传的图片包含真人 | 图片中检测到人脸 | real_person | face_detected |
	Images with real people are not allowed | The image contains a human face |
	photorealistic people | InputImageSensitiveContentDetected.PrivacyInformation | realPerson |
	A real human face was found
`);

/** Words of other trouble, many with a noun or a verb of the refusals among them. */
const OTHER = [
	'',
	...listed(`
	生成失败，请重试 | upstream timeout | internal error | task failed | GPU out of memory |
	额度不足 | 审核服务超时 | 审核系统繁忙，请稍后再试 | 内容安全服务异常 | 人脸识别服务超时 |
	审核图片链接下载失败 | moderation service timed out |
	Moderation service unavailable, try again later | Safety check service busy |
	risk control service timeout | sensitive content detection timed out |
	Failed to download image for moderation | image size not allowed | URL not allowed |
	the image URL is not allowed | unsupported format | invalid image |
	Image resolution must be at least 300x300 pixels | the picture is too large | prompt is too long |
	图片尺寸不符合要求 | 图片格式不支持 | 图片下载失败 | 图片链接无法访问 | 视频时长不允许 |
	参数错误 | Unknown parameter: moderation | safety_tolerance must be between 0 and 6 |
	prompt parameter is not allowed | no face detected in the image | Failed to detect a face |
	face is too small | 未检测到人脸 | 无法识别到人脸 | thread-safety check failed |
	case-sensitive model name | 大小写敏感 | 违反唯一约束 | illegal argument |
	timeout waiting for child process | minor version mismatch | third-party service error |
	interface error | third party API returned 500 | Method not allowed | forbidden |
	Request blocked | retry policy exhausted | request was rejected by upstream |
	Access blocked by firewall | image download was blocked by robots.txt |
	PUBLIC_ERROR_VIDEO_GENERATION_TIMED_OUT | PUBLIC_ERROR_USER_REQUESTS_THROTTLED |
	请求过于频繁，触发风控 | too many requests, risk control |
	something didn't look right with your request | a minor issue occurred | child task failed |
	image pixel size exceeds the limit | invalid image url |
	See https://x.example/content-policy/moderation/nsfw for the list of models |
	Sorry, you have been blocked. This website is using a security service to protect itself from online attacks
`),
];

/** One of the texts. */
const oneOf = (texts: string) => fc.constantFrom(...listed(texts));

describe('words and codes for refused content', () => {
	it.each(MODERATED)('are recognised by their stems: %s', (words) => {
		expect(refusalIn(words)).toBe('moderation');
		expect(asTask(words)).toBe('moderation');
		expect(asTask('', words)).toBe('moderation');
		expect(asRefusal('x', words)).toBe('moderation');
	});

	it.each(REAL_PERSON)('of a real person are recognised: %s', (words) => {
		expect(refusalIn(words)).toBe('real_person');
		expect(asTask(words)).toBe('real_person');
		expect(asRefusal(words)).toBe('real_person');
	});

	it('are found at both ends of a long text, and in a status without a reason', () => {
		const filler = 'x '.repeat(1_000_000);
		expect(asTask(`违规 ${filler}`)).toBe('moderation');
		expect(asTask(`${filler} 违规`)).toBe('moderation');
		expect(asTask('', '', 'CONTENT_MODERATED')).toBe('moderation');
		expect(asTask('', '', 'FAILURE')).toBe('render_failed');
	});

	it('are found whatever surrounds them', () => {
		const before = oneOf('| Error: | Video generation failed: | 任务失败： | [400] | code=');
		const after = oneOf('| . | (request id: 20251121) | 。请修改后重试 | Support codes: 58061214');
		const stem = oneOf(`
			violates our usage policies | sexual content | copyright infringement | 违规内容 | 未成年人 |
			SensitiveContentDetected | content_policy_violation | flagged as unsafe content | 触发风控策略
		`);
		fc.assert(
			fc.property(before, stem, after, (left, words, right) => {
				expect(asTask(`${left}${words}${right}`)).toBe('moderation');
				expect(asTask(`${left} ${words} ${right}\n`)).toBe('moderation');
			}),
		);
	});
});

describe('words that say something else', () => {
	it.each(OTHER)('are not taken for a refusal: "%s"', (words) => {
		expect(refusalIn(words)).toBeUndefined();
		expect(['render_failed', 'bad_request']).toContain(asTask(words));
	});

	it.each(
		listed(`
			Image pixel is invalid | invalid image url | field seed is not supported |
			value 7 of duration is not supported | input size exceeds the limit | 时长不支持 |
			Failed to download image: 403 Forbidden | The image URL returned 403 | 图片下载失败 |
			InvalidParameter.ImageSize | width should be a multiple of 16 | 图片尺寸不符合要求
		`),
	)('concern the request if they name an input, a value or a limit: %s', (words) =>
		expect(asTask(words)).toBe('bad_request'),
	);

	it.each(
		listed(`
			生成失败，请重试 | internal error | GPU out of memory | Video generation timed out |
			unknown error | Internal server error: invalid response | 系统错误 | queue is full |
			Video download failed | An unknown error occurred while generating the video |
			image service unavailable | timeout while downloading the image | 图片服务繁忙
		`),
	)('may be transient if they name none, or a busy service: %s', (words) =>
		expect(asTask(words)).toBe('render_failed'),
	);
});
