/**
 * Recognises in a service's code or prose, English or Chinese, that content was refused, or that an input, a value or a
 * limit is wrong. Services phrase this in countless ways, so it goes by word stems and by counter-evidence: the same
 * nouns occur in "the moderation service timed out" and in "image size not allowed".
 */
import { forMatching } from './answers/cut';

export type Refusal = 'real_person' | 'moderation';

/** Splits codes and prose into words: `SensitiveContentDetected` becomes "sensitive content detected". */
const asWords = (text: string): string =>
	forMatching(text)
		.replace(/https?:\/\/[^\s"'<>]+/gi, ' ')
		.replace(/([a-z\d])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
		.toLowerCase()
		.replace(/[’']/g, '')
		.replace(/[^\p{L}\p{N}.!?。！？]+|\.(?=\S)/gu, ' ')
		.trim();

/** English stems match at the beginning of a word; Chinese has no word boundaries. */
const any = (...stems: string[]) =>
	new RegExp(
		stems.map((stem) => (/^[\x20-\x7e]+$/.test(stem) ? `\\b(?:${stem})` : stem)).join('|'),
	);

const PEOPLE = '(?:people|person|individual|figure|human)s?';
const REFUSED =
	'(?:inappropriate|prohibited|forbidden|banned|disallowed|unsafe|harmful|illegal|unlawful|' +
	'objectionable|restricted|dangerous|toxic|malicious)';

/** Subjects that are only mentioned when content is refused. */
const SUBJECT = any(
	'violat(?!\\w* .{0,20}(?:constraint|limit|format|schema))',
	'(?:against|breach\\w*|compl\\w+ with|not follow) .{0,40}(?:polic|guideline|guardrail|rules|terms|standard|law)',
	'by (?:the |our )?(?:content |safety )?polic|sexual|nsfw|nud(?:e|ity)|naked|porn|erotic',
	'explicit (?:content|material|image|language)|gor[ey]\\b|violen|hate(?:ful)?\\b(?! to)|harass',
	'self harm|suicid|terroris|extremis|obscen|vulgar|profan|offensive|abusive|weapon|drugs\\b',
	'gambling|harm category|bad words|copyright|trademark|intellectual property|infring|likeness',
	`deep ?fake|impersonat|recitation|celebrit|politic|(?:public|famous|prominent|known) ${PEOPLE}`,
	'third ?part(?:y|ies) (?:content|similar|ip\\b|rights?|material|character|brand)',
	'ip (?:right|protect|content|input|similar|infring)|protected (?:ip|character|content|work)',
	'minors\\b|(?:a|of|involving|depict\\w*|contain\\w*|show\\w*|with) (?:minor|child)$',
	'minor (?:upload|detected|safety|protection)|under ?age|under (?:18|the age)|teen|juvenile',
	'children\\b(?! process)|child (?:safety|sexual|abuse|exploitation)|cs(?:am|ae)\\b',
	'(?<!case |time |position |order )sensitiv(?:e|ity)\\b(?! to)|(?<!feature )flagged\\b',
	`${REFUSED} (?:\\w+ )?(?:content|material|word|term|topic|subject|activit|image|video|text|input|output|prompt|keyword)`,
	'unsafe$|not appropriate|(?:block|black) ?list|(?:is|was) illegal',
	// Not 违反约束 (a database's constraint), nor 大小写敏感 and 暴力破解, which mean other things.
	'[违違](?:反(?!.{0,8}约束)|规|規|禁|法)|不合[规規]|(?<!参数|时长|尺寸|格式|比例|大小|长度|地址|链接)不合法|不符合.{0,12}(?:规|政策|法)|涉[黄政暴恐毒赌敏]',
	'涉及(?:敏感|政治)|[色淫]情|低俗|裸[露体]|暴力(?!破解)|血腥|恐怖|赌博|毒品|政治|版[权權]|著作',
	'侵[权權]|商标|肖像|名人|明星|公[众眾]人物|未成年|儿童|领导人|領導人|第三方[内內]容|仇恨|歧[视視]',
	'[内內]容.{0,8}相似|(?<!大小写|时间)敏感|不[当良适](?!用)|有害|[隐隱]私',
);

/** Who refuses; it may just as well have been busy. */
const JUDGE = any(
	'moderat(?:ion|ed|or)|guardrail|sentinel|risk ?control|risky|high risk|trust and safety|rai\\b',
	'(?<!(?:thread|type|memory|null|fail|food|road) )safety (?!tolerance|version|of )\\w|safety$',
	'(?:content|usage|community|acceptable use|use|platform|our) (?:polic|guideline|standard)',
	'content (?:filter|check|review|safety|security|inspection|detect|control|risk|restrict)',
	'(?:prompt|inputs?|outputs?|text|image|video|audio|media) (?:moderat|filter|guard|inspect|review|audit)',
	'data inspection|audit (?:fail|reject|not pass|block)|(?:responsible|google) ai|public error',
	'risk (?:check|detect|manag|review|warn|content|not pass)|privacy information',
	'[审審][核查]|机审|鉴黄|[风風][控险險]|[内內]容安全|安全(?:策略|系统|检|审|过滤|限制)|合规',
);

/** A refusal in words that also apply to other things. */
const REFUSED_CONTENT = any(
	`(?:prompt|content|text|image|video|audio|photo|picture|media)s? .{0,60}(?:blocked|rejected|refused|declined|filtered|not allowed|not permitted|${REFUSED})`,
	'(?:blocked|rejected|refused|prohibited|disallowed) (?:the |your |this )?(?:prompt|content|word)',
	'(?:内容|提示词|文本|文字|图[片像]|视频|画面|音频|素材).{0,12}(?:拦截|屏蔽|拒绝|禁止|不?通过|过滤)',
);

/** Concerns the rate of requests, not their content. */
const PACE = any('rate limit', 'too many requests', 'throttl', '频[率繁]|限流');

/** A service that failed to do its work. */
const TROUBLE = any(
	'time ?outs?\\b|timed out|deadline|busy|overload|unavailable|internal (?:server )?error|unreachable',
	'(?:server|system|service|network|connection) (?:error|issue|problem|fail)|high traffic|upstream',
	'maintenance|went wrong|(?:try|retry) (?:again )?later|cloudflare|firewall|cdn|proxy|dns',
	'access denied|out of memory|(?:invalid|bad|empty|unexpected) response',
	'超时|繁忙|忙碌|网络|连接|内部错误|系统(?:错误|异常)|服务器?(?:异常|错误)|不可用|排队|维护',
);

const NOT_FETCHED = any(
	'(?:failed|unable|could not|cannot) (?:to |be )?(?:fetch|download|load|read|parse|decode|open|access)',
	'(?:download|fetch|load) (?:failed|error)',
	'(?:下载|加载|读取|解析|获取|访问)(?:失败|错误|异常)|无法(?:下载|加载|读取|解析|获取|访问)',
);

/** The form of a request: sizes, formats, addresses, parameters. */
const FORM = any(
	'pixel|resolution|dimension|width|height|aspect|ratio|format|codec|mime|extension|sizes?\\b|bytes',
	'\\d* ?[kmg]b\\b|duration|length|seconds|urls?\\b|links?\\b|param|argument|fields?\\b|json|schema',
	'headers?\\b|methods?\\b|encoding|fps|frame rate|bitrate|base64|robots|cors\\b',
	'too (?:long|large|big|small|short|many)|unsupported|not supported|does not support',
	'(?:for|by) this model|must be|is required|过[长大小]|太[长大小]|不支持',
	'尺寸|大小|分辨率|像素|格式|链接|地址|时长|参数|比例|宽高|编码|字段|取值',
);

/** The parts of a request, apart from their form. A bare "video" is the order itself. */
const INPUT = any(
	'images?\\b|pictures?|photos?|frames?\\b|clips?\\b|audio|files?\\b|inputs?\\b|prompts?\\b|values?\\b',
	'图[片像]|照片|素材|音频|文件|提示词|输入',
);

/** What is wrong with an input, a value or a limit. */
const WRONG = any(
	'invalid|illegal|malformed|unsupported|unknown|unrecogni[sz]ed|not (?:supported|allowed|permitted|accepted|valid|found|accessible)',
	'does not (?:support|match|exist|fit)|must\\b|should be|required|missing|exceed|out of range|too \\w+',
	'(?:larger|greater|less|smaller|more|fewer|longer|shorter) than|at (?:least|most)|(?:max|min)(?:imum)?\\b|limit',
	'corrupt|cannot be|40[0-5]\\b|410\\b|blocked|forbidden|rejected|prohibited|between \\d',
	'无效|非法|不(?:支持|正确|合法|允许|符合|存在|能为空)|错误|超[过出]|[过太][长大小多]|必须|缺少|上限|限制|损坏',
);

/** A verdict was reached, whatever else is said. */
const VERDICT = any(
	'violat|reject|refus|flag(?:ged|s)?\\b|block(?:ed|s)?\\b|declin|not (?:allow|permit|compl|follow)',
	'(?:not|didnt|doesnt|fail(?:ed|ure)? to) pass|prohibit|inappropriate|unsafe|detected|contain|trigger|may be',
	'违反|违规|拒绝|拦截|屏蔽|[未不没]通过|不合规|命中|触发|包含|含有|涉及|检测到',
);

const FACE = any(
	`(?:real|actual|living|identifiable|photo ?realistic) (?:human )?(?:${PEOPLE}|face)|real ?person`,
	'(?:human|persons?) faces?\\b|faces? (?:was |were |is |are )?(?:detected|found|not allowed|prohibited)',
	'(?:detected|contains?|includes?|containing|shows?) (?:\\w+ ){0,3}faces?\\b|privacy information',
	'写实人物|真人|真实(?:的)?人|人[脸像]',
);

/** A required face is missing or not clear enough, unlike a face that must not be there. */
const NO_FACE = any(
	'(?:no|without|(?:unable|fail\\w*) to \\w+|(?:could ?nt|could not|cannot|did not) \\w+) (?:\\w+ ){0,4}faces?\\b',
	'faces? (?:was |were |is |are )?(?:not (?:found|detected|visible|clear)|missing|too small|blurr)',
	'[未没无不](?:能|法)?(?:检测|识别|找|发现)?[到出]?.{0,6}人脸|人脸.{0,6}(?:不清晰|过小|太小|模糊|缺失)',
);

/** @returns what was refused, `undefined` if the text is about something else */
export function refusalIn(text: string): Refusal | undefined {
	const words = asWords(text);
	const isVerdict = VERDICT.test(words);
	const isTrouble = TROUBLE.test(words) || NOT_FETCHED.test(words);
	if (PACE.test(words) || (isTrouble && !isVerdict)) return undefined;
	if (FACE.test(words) && !NO_FACE.test(words)) return 'real_person';
	const isForm = FORM.test(words);
	const isRefused =
		SUBJECT.test(words) ||
		(JUDGE.test(words) && (!isForm || isVerdict)) ||
		(REFUSED_CONTENT.test(words) && !isForm && !isTrouble);
	return isRefused ? 'moderation' : undefined;
}

/** Whether the text says that an input, a value or a limit is wrong: the same request would fail again. */
export function namesInput(text: string): boolean {
	const words = asWords(text);
	const isNamed = FORM.test(words) || INPUT.test(words);
	const isTrouble = TROUBLE.test(words) || PACE.test(words);
	return isNamed && !isTrouble && (WRONG.test(words) || NOT_FETCHED.test(words));
}
