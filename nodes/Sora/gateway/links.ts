/** Links in answers: gateways leave out what goes without saying among their own addresses. */
import type { Task } from './contract';

/**
 * A link as it can be fetched from anywhere.
 * @param base the gateway's base URL, which a relative link continues; one that begins with `/` continues its host
 */
export const resolvedLink = (link: string, base: string): string =>
	URL.canParse(link, `${base}/`) ? new URL(link, `${base}/`).href : link;

/** Absolute links stay as the gateway wrote them, to the letter: they may be signed. */
const wholeLink = (link: string, base: string) =>
	/^[a-z][a-z\d+.-]*:/i.test(link) ? link : resolvedLink(link, base);

/** The task with its link whole. */
export const withWholeLinks = (task: Task | undefined, base: string): Task | undefined =>
	task?.videoUrl ? { ...task, videoUrl: wholeLink(task.videoUrl, base) } : task;
