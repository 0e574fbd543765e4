/**
 * Recognises that content was refused, by a service's code or its prose, English or Chinese. Services word it in a
 * thousand ways, so that this goes by the stems that such words are made of, and by what speaks against it: the same
 * nouns stand in "the moderation service timed out" and in "image size not allowed".
 */
import { forMatching } from './answers/cut';

export type Refusal = 'real_person' | 'moderation';

/** Codes and prose alike as words: `InputTextSensitiveContentDetected` is "input text sensitive content detected". */
function asWords(text: string): string {
	return forMatching(text)
		.replace(/https?:\/\/[^\s"'<>]+/gi, ' ')
		.replace(/([a-z\d])([A-Z])/g, '$1 $2')
		.replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
		.toLowerCase()
		.replace(/[’']/g, '')
		.replace(/[^\p{L}\p{N}.!?。！？]+/gu, ' ')
		.replace(/\.(?=\S)/g, ' ')
		.trim();
}

const any = (...parts: string[]) => new RegExp(parts.join('|'));

/** What is refused: a subject that nothing else is about. */
const SUBJECT = any(
	String.raw`\bviolat\w* [^.!?]{0,80}\b(?:polic(?:y|ies)|guidelines?|guardrails?|rules|terms|standards|practices?|laws?|regulations?|rights?|copyrights?)\b`,
	String.raw`\b(?:polic(?:y|ies)|guidelines?|terms|safety|content|usage|community|privacy) violat\w*`,
	String.raw`\b(?:against|breach\w*|comply with|compliant with|not follow) (?:our |the |its |open ?ai\w* |google\w* |this |any )?(?:content |usage |community |safety |platform |acceptable use )?(?:polic(?:y|ies)|guidelines?|rules|terms|standards)\b`,
	String.raw`\bsexual\w*|\bnsfw\b|\bnud(?:e|es|ity)\b|\bnaked\b|\bporn\w*|\berotic\w*|\bexplicit (?:content|material|image\w*|language)`,
	String.raw`\bgore\b|\bgory\b|\bviolen(?:t|ce)\b|\bhate(?:ful)?\b(?! to)|\bharass\w*|\bself harm\b|\bsuicid\w*|\bterroris\w*|\bextremis\w*|\bweapons?\b|\bdrugs\b|\bgambling\b|\bobscen\w*|\bvulgar\b|\bprofan\w*|\boffensive\b|\babusive\b`,
	String.raw`\bcopyright\w*|\btrademark\w*|\bintellectual property\b|\binfring\w*|\blikeness(?:es)?\b|\bdeep ?fakes?\b|\bimpersonat\w*`,
	String.raw`\bcelebrit\w*|\b(?:public|political) figures?\b|\bpolitician\w*|\bpolitic(?:al|ally|s)\b|\b(?:famous|prominent|well known|notable) (?:people|persons?|individuals?|figures?)\b`,
	String.raw`\bthird ?part(?:y|ies) (?:content|similar\w*|likeness\w*|ip|rights?|material|characters?|brands?|copyright\w*|trademarks?|intellectual)\b`,
	String.raw`\bip (?:infring\w*|rights?|protect\w*|violat\w*|content|input|similar\w*)\b`,
	String.raw`\bminors\b|\b(?:a|of|involving|depict\w*|contain\w*|show\w*|with) (?:minor|child)\b(?! (?:version|process|task|node|element|component|issue|error|bug|change|update)\w*)|\bminor (?:upload|detected|safety|protection)\b|\bunder ?age\w*|\bunder (?:18|the age)\b|\bteen(?:s|agers?)\b|\bjuveniles?\b|\bchildren\b(?! (?:process|node|task|element)\w*)|\bchild (?:safety|sexual|abuse|exploitation|likeness|detected|upload)\b|\bcs(?:am|ae)\b`,
	String.raw`(?<!\bcase |\btime |\bposition |\border )\bsensitiv(?:e|ity)\b(?! to\b)`,
	String.raw`\b(?:inappropriate|prohibited|forbidden|banned|disallowed|unsafe|harmful|illegal|unlawful|objectionable|restricted|dangerous|toxic|malicious) (?:\w+ )?(?:contents?|material|words?|terms|topics?|subjects?|activit\w*|acts?|goods|use|prompts?|generation|images?|videos?|text|inputs?|outputs?|elements?|themes?|keywords?)\b`,
	String.raw`(?<!\bfeature )\bflagged\b|^unsafe$|^violat\w*$|\bviolations? detected\b|\bby (?:the |our )?(?:content |safety )?polic(?:y|ies)\b|\bblock ?lists?\b|\bblack ?list\w*|\bbad words?\b|\bnot appropriate\b|\brecitation\b|\bharm category\b|\bprotected (?:ip|characters?|content|works?)\b`,
	// 违反约束 is of a database, 大小写敏感 and 暴力破解 are of other things too.
	'违反(?!.{0,8}约束)|违规|违禁|违法|不合规|不合法|不符合.{0,12}(?:规范|规定|政策|准则|法律|法规|社区)',
	'涉黄|涉政|涉暴|涉恐|涉毒|涉赌|涉敏|涉及(?:敏感|政治|色情|暴力|名人|未成年)|色情|情色|淫秽|低俗|裸露|裸体|暴力(?!破解)|血腥|恐怖|赌博|毒品|政治',
	'版权|著作权|侵权|商标|知识产权|肖像|名人|明星|公众人物|未成年|儿童|领导人|政要|反动|宗教|隐私|第三方内容|内容.{0,8}相似|(?<!大小写|时间)敏感',
	'違反(?!.{0,8}約束)|違規|違禁|違法|不合規|版權|侵權|第三方內容|內容(?:政策|安全|審核)|領導人|公眾人物|歧視|隱私',
	'(?:内容|使用|社区|平台)(?:政策|准则|规范|守则)|不当(?:内容|信息|言论)|不适当|不适宜|不良(?:信息|内容)|有害|仇恨|歧视|辱骂|邪教',
);

/** Who refuses: it may just as well have been busy. */
const JUDGE = any(
	String.raw`\bmoderat(?:ion|ed|ors?)\b`,
	String.raw`(?<!\b(?:thread|type|memory|null|fail|food|road) )\bsafety (?:systems?|filter\w*|check\w*|classif\w*|settings?|reasons?|concerns?|reviews?|rating|models?|polic\w*|guidelines?|guardrails?|block\w*|reject\w*|flag\w*|inputs?|outputs?|text|images?|videos?|content|detect\w*|error|measures?)\b|\b(?:by|our|for|due to) safety\b|^safety$`,
	String.raw`\b(?:content|usage|community|safety|acceptable use|use|openai|google|platform|our) (?:polic(?:y|ies)|guidelines?|standards|guardrails?)\b|\bguardrails?\b`,
	String.raw`\bcontent (?:filter\w*|check\w*|reviews?|safety|security|inspection|detection|control|risk|restrict\w*|warning|rejected)\b|\bdata inspection\b|\b(?:image|prompt|text|video) safety\b|\baudit (?:fail\w*|reject\w*|not pass\w*|block\w*)\b|\btrust and safety\b`,
	String.raw`\b(?:prompt|inputs?|outputs?|text|image|video|audio|media) (?:moderation|filter\w*|guard\w*|inspection|reviews?|audit\w*)\b|\brai\b|\bresponsible ai\b`,
	String.raw`\brisk ?control\w*|\brisk (?:check|detect|management|review|warning|content)\w*|\brisky\b|\bhigh risk\b|\bpublic error\b|\bprivacy information\b`,
	'審核|審查|風控|風險|安全(?:審|檢|過濾)',
	'审核|审查|机审|鉴黄|风控|风险|内容安全|安全(?:策略|系统|检测|检查|过滤|限制|规范|机制)|合规|敏感词',
);

/** A refusal in words that other things are refused in, too. */
const REFUSED_CONTENT = any(
	String.raw`\b(?:prompts?|contents?|texts?|images?|videos?|audios?|photos?|pictures?|media) [^.!?]{0,60}\b(?:blocked|rejected|refused|declined|filtered|not allowed|not permitted|isnt allowed|arent allowed|prohibited|disallowed|inappropriate|unsafe|illegal|banned|forbidden|not acceptable)\b`,
	String.raw`\b(?:blocked|rejected|refused|inappropriate|unsafe|prohibited|forbidden|disallowed) (?:the |your |this )?(?:prompts?|contents?|words?)\b`,
	'(?:内容|提示词|文本|文字|图片|图像|视频|画面|音频|素材|输入|输出|词语?).{0,12}(?:拦截|屏蔽|拒绝|禁止|未通过|不通过|不被允许|不允许|过滤)',
	'(?:拦截|屏蔽|拒绝|禁止).{0,8}(?:内容|提示词|文本|词)',
);

/** What speaks of a service that did not do its work. */
const TROUBLE = any(
	String.raw`\btime ?outs?\b|\btimed out\b|\bdeadline exceeded\b|\bbusy\b|\boverload\w*|\bunavailable\b|\binternal (?:server )?error\b|\b(?:server|system|service|network|connection) (?:error|issue|problem|fail\w*)\b|\bunreachable\b|\bthrottl\w*|\brate limit\w*|\btoo many requests\b|\bhigh traffic\b|\bmaintenance\b|\bupstream\b|\bwent wrong\b|\btry again later\b|\bretry later\b|\bcloudflare\b|\bfirewall\b|\bcdn\b|\bproxy\b|\bdns\b|\baccess denied\b`,
	String.raw`\b(?:failed|unable|could not|cannot) (?:to )?(?:call|connect|reach|fetch|download|load|read|parse|decode|open|access|invoke)\b|\b(?:download|fetch|load) (?:failed|error)\b`,
	'超时|繁忙|忙碌|网络|连接|内部错误|系统错误|系统异常|服务(?:器)?(?:异常|错误|不可用)|不可用|限流|排队|频率|频繁|维护|(?:下载|加载|读取|解析|获取)(?:失败|错误|异常)',
);

/** What speaks of the pace of requests and not of their content, whatever it triggered. */
const PACE = any(String.raw`\brate limit\w*|\btoo many requests\b|\bthrottl\w*`, '频率|频繁|限流');

/** What speaks of the form of the request: sizes, formats, addresses, parameters. */
const FORM = any(
	String.raw`\bpixels?\b|\bresolutions?\b|\bdimensions?\b|\bwidth\b|\bheight\b|\baspect ratio\b|\bformats?\b|\bcodec\b|\bmime\b|\bextension\b|\bsizes?\b|\bbytes\b|\b\d* ?[kmg]b\b|\bduration\b|\blength\b|\burls?\b|\blinks?\b|\bdownload\w*|\bparam(?:eter)?s?\b|\bargument\b|\bfields?\b|\bjson\b|\bschema\b|\bheaders?\b|\bmethods?\b|\bencoding\b|\bfps\b|\bframe rate\b|\bbitrate\b|\bbase64\b|\btoo (?:long|large|big|small|short|many)\b|\bunsupported\b|\bnot supported\b|\bdoes not support\b|\bfor this model\b|\bby this model\b|\bmust be\b|\bis required\b|\bunknown\b|\brobots\b|\bcors\b`,
	'尺寸|大小|分辨率|像素|格式|链接|地址|下载|时长|参数|比例|宽高|编码|过长|过大|过小|太长|太大|太小|字段|不支持',
);

/** That a judge came to a verdict, whatever else is said. */
const VERDICT = any(
	String.raw`\bviolat\w*|\breject\w*|\brefus\w*|\bflag(?:ged|s)?\b|\bblock(?:ed|s)?\b|\bdeclin\w*|\b(?:not|didnt|doesnt|fail(?:ed|ure)? to) pass\w*|\bnot (?:allow|permit|compl|follow)\w*|\bprohibit\w*|\binappropriate\b|\bunsafe\b|\bdetected\b|\bcontain\w*|\btrigger\w*|\bmay (?:be|contain)\b`,
	'违反|违规|拒绝|拦截|屏蔽|未通过|不通过|没通过|不合规|命中|触发|包含|含有|涉及|检测到',
);

const FACE = any(
	String.raw`\b(?:real|actual|living|identifiable|recogni[sz]able) (?:human )?(?:persons?|people|humans?|faces?|individuals?)\b|\bphoto ?realistic (?:people|persons?|humans?|faces?)\b|\breal ?person\b`,
	String.raw`\bhuman faces?\b|\bpersons? faces?\b|\bfaces? (?:(?:was|were|is|are) )?(?:detected|found|not allowed|recogni[sz]ed|prohibited|blocked)\b|\b(?:detected|contains?|includes?|containing|including|shows?) (?:(?:a|an|any|real|human|clear|visible) ){0,4}faces?\b|\bprivacy information\b`,
	'写实人物|真人|真实人物|真实的人|人脸|人像',
);
/** A face was looked for and is missing, or not good enough: other trouble than one that must not be there. */
const NO_FACE = any(
	String.raw`\b(?:no|without|unable to (?:detect|find|recogni[sz]e)|fail(?:ed|s)? to (?:detect|find|recogni[sz]e)|could ?nt (?:detect|find)|could not (?:detect|find)|cannot (?:detect|find)|did not (?:detect|find)) (?:\w+ ){0,4}faces?\b`,
	String.raw`\bfaces? (?:(?:was|were|is|are) )?(?:not (?:found|detected|recogni[sz]ed|visible|clear)|missing|too small|blurr\w*)`,
	'(?:未能?|没有|没|无法|无|不能)(?:检测|识别|找|发现)?(?:到|出)?.{0,6}人脸|无人脸|人脸.{0,6}(?:不清晰|过小|太小|模糊|缺失)',
);

/** @returns what the text says was refused, `undefined` where it speaks of nothing of the kind */
export function refusalIn(text: string): Refusal | undefined {
	const words = asWords(text);
	if (!words) return undefined;
	if (TROUBLE.test(words) && !VERDICT.test(words)) return undefined;
	if (FACE.test(words) && !NO_FACE.test(words)) return 'real_person';
	if (SUBJECT.test(words)) return 'moderation';
	if (PACE.test(words)) return undefined;
	if (JUDGE.test(words) && (!FORM.test(words) || VERDICT.test(words))) return 'moderation';
	const isOfContent = REFUSED_CONTENT.test(words) && !FORM.test(words) && !TROUBLE.test(words);
	return isOfContent ? 'moderation' : undefined;
}
