/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- looks at n8n from a developer's machine, never inside one */
/** n8n's editor, as whoever sits in front of it sees it. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sleep } from 'n8n-workflow';
import type { Locator, Page } from 'playwright-core';

import { startChromium, type RunningBrowser } from './chromium';
import { CHECKOUT } from './environment';
import type { SavedWorkflow } from './n8nApi';
import type { Setting } from './useN8n';

/** Two cores that others use too. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 200;
/** From a press to the answer that an execution has begun. */
const ASKED_WITHIN_MS = 10_000;
const START_TIMEOUT_MS = 120_000;
export const SCREEN = { width: 1440, height: 900 };

const testId = (id: string) => `[data-test-id="${id}"]`;
/** What stands in the panel itself, not in a collection inside of it; a notice has no label. */
const FIELD = `//*[@data-test-id="parameter-item"][not(ancestor::*[@data-test-id="parameter-item"])]`;
const LABEL = `//*[@data-test-id="input-label"]`;
const PREVIEW = 'parameter-expression-preview-';

/** Tries again while the page is still on its way. */
export async function soon(
	assertion: () => Promise<void> | void,
	patienceMs = PATIENCE_MS,
): Promise<void> {
	const until = Date.now() + patienceMs;
	for (;;) {
		try {
			return await assertion();
		} catch (error) {
			if (Date.now() > until) throw error as Error;
			await sleep(LOOK_EVERY_MS);
		}
	}
}

const firstLine = (text: string) => text.trim().split('\n')[0]?.trim() ?? '';

/** What a list that has been opened offers, without the lines of explanation. */
async function offered(page: Page): Promise<string[]> {
	const items = page.locator('.el-select-dropdown__item').filter({ visible: true });
	await items.first().waitFor();
	const texts = (await items.allInnerTexts()).map(firstLine);
	await page.keyboard.press('Escape');
	await items.first().waitFor({ state: 'hidden' });
	return texts;
}

class Editor {
	constructor(
		readonly page: Page,
		private readonly setting: Setting,
	) {
		page.setDefaultTimeout(PATIENCE_MS);
	}

	/** The panel of the open node, from its inputs to its output. */
	get panel(): Locator {
		return this.page.locator(testId('ndv'));
	}

	/** The URLs of an open trigger that its panel shows. */
	async webhookUrls(): Promise<string[]> {
		const urls = this.panel.locator('.webhooks .webhook-url');
		if ((await urls.count()) === 0) await this.panel.locator('.webhooks .headline').click();
		return (await urls.allInnerTexts()).map((url) => url.trim());
	}

	get output(): Locator {
		return this.page.locator(testId('output-panel'));
	}

	/** The window of a credential. */
	get credentialWindow(): Locator {
		return this.page.locator(testId('editCredential-modal'));
	}

	async logIn(): Promise<void> {
		const { n8n, owner } = this.setting;
		await this.page.goto(`${n8n.url}/signin`);
		await this.page.fill('input[name=emailOrLdapLoginId]', owner.email);
		await this.page.fill('input[type=password]', owner.password);
		await this.page.keyboard.press('Enter');
		await this.page.waitForURL(({ pathname }) => !pathname.includes('signin'));
	}

	/** From the next page on, as the user's own setting has it. */
	async useTheme(theme: 'light' | 'dark'): Promise<void> {
		await this.page.evaluate(`localStorage.setItem('N8N_THEME', '${theme}')`);
	}

	/** The addresses of all icons in sight. */
	async icons(): Promise<string[]> {
		const icons = await this.page.locator('img').filter({ visible: true }).all();
		return await Promise.all(icons.map(async (icon) => (await icon.getAttribute('src')) ?? ''));
	}

	/** On the canvas. */
	async notes(): Promise<Locator[]> {
		return await this.page.locator(testId('sticky')).all();
	}

	async openWorkflow({ id, nodes }: SavedWorkflow): Promise<void> {
		await this.page.goto(`${this.setting.n8n.url}/workflow/${id}`);
		const steps = nodes.filter(({ type }) => !type.endsWith('.stickyNote'));
		await soon(async () =>
			expect(await this.page.locator(testId('canvas-node')).count()).toBeGreaterThanOrEqual(
				steps.length,
			),
		);
	}

	/** Opens a workflow that has nothing in it yet. */
	async openNewWorkflow(): Promise<void> {
		await this.page.goto(`${this.setting.n8n.url}/workflow/new`);
		await this.page.locator(testId('canvas-wrapper')).waitFor();
	}

	/** Opens the panel of a node; the editor stays where it shows the workflow already. */
	async openNode(workflow: SavedWorkflow, name: string): Promise<void> {
		const node = workflow.nodes.find((candidate) => candidate.name === name);
		if (!node) throw new Error(`There is no node ${name}`);
		const address = `/workflow/${workflow.id}/${node.id}`;
		if (new URL(this.page.url()).pathname.startsWith(`/workflow/${workflow.id}/`)) {
			// As the browser's Back and Forward, which is ten times faster than loading the editor again.
			await this.page.evaluate(
				`history.pushState(null, '', '${address}'); dispatchEvent(new PopStateEvent('popstate'))`,
			);
		} else {
			await this.page.goto(this.setting.n8n.url + address);
		}
		const title = this.panel.locator(testId('node-title-container'));
		await soon(async () => expect(firstLine(await title.innerText())).toBe(name));
	}

	/** Opens the list of nodes, and types into its search. Gives the names found, the best first. */
	async searchNodes(words: string): Promise<string[]> {
		const search = this.page.locator(testId('node-creator-search-bar'));
		if (!(await search.isVisible())) {
			await this.page.keyboard.press('n');
			await search.waitFor();
		}
		await search.fill(words);
		// The search waits for a pause in the typing.
		await sleep(700);
		const names = await this.page.locator(testId('node-creator-item-name')).allInnerTexts();
		return names.map(firstLine);
	}

	/** What the search says of a node below its name. */
	async foundDescription(name: string): Promise<string> {
		const item = this.page.locator(
			`xpath=//*[@data-test-id="node-creator-item-name"][normalize-space()="${name}"]/ancestor::*[.//*[@data-test-id="node-creator-item-description"]][1]`,
		);
		return await item.first().locator(testId('node-creator-item-description')).innerText();
	}

	/** Opens what the search has found. */
	async openFoundNode(name: string): Promise<void> {
		const found = this.page.locator(testId('node-creator-item-name'));
		await found.getByText(name, { exact: true }).first().click();
	}

	/** What the list says that an opened node does. */
	async foundActions(): Promise<string[]> {
		return await this.texts(this.page.locator(testId('node-creator-item-name')));
	}

	/** The labels of the fields that the panel shows, in their order; of a notice, its text. */
	async fields(): Promise<string[]> {
		const labels = `${FIELD}//*[@data-test-id="input-label"][count(ancestor::*[@data-test-id="parameter-item"])=1]`;
		const notices = `${FIELD}[not(.${LABEL})]//*[not(*)][normalize-space()][not(ancestor::*[contains(@data-test-id,"credentials")])]`;
		return await this.texts(this.panel.locator(`xpath=${labels} | ${notices}`));
	}

	/** The labels inside of one of the fields, of a collection's entries. */
	async fieldsIn(label: string): Promise<string[]> {
		const inside = this.field(label).locator(
			`${testId('parameter-item')} ${testId('input-label')}`,
		);
		return await this.texts(inside);
	}

	/** What a list in the panel offers. */
	async choices(parameter: string): Promise<string[]> {
		await this.input(parameter).click();
		return await offered(this.page);
	}

	/** What the panel shows below the fields that hold an expression, by the names of the parameters. */
	async previews(): Promise<Record<string, string>> {
		const shown = await this.panel
			.locator(`[data-test-id^="${PREVIEW}"]`)
			.filter({ visible: true })
			.all();
		const entries = shown.map(async (preview) => [
			(await preview.getAttribute('data-test-id'))?.slice(PREVIEW.length),
			(await preview.innerText()).trim(),
		]);
		return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
	}

	input(parameter: string): Locator {
		return this.panel.locator(testId(`parameter-input-${parameter}`));
	}

	field(label: string): Locator {
		return this.panel
			.locator(`xpath=${FIELD}`)
			.filter({ has: this.page.locator(testId('input-label')).getByText(label, { exact: true }) })
			.first();
	}

	/** The images are resource locators, too. */
	private get modelField(): Locator {
		return this.panel.locator(testId('resource-locator-model'));
	}

	/** Opens the list of models. Gives them as they stand there. */
	async models(search = ''): Promise<string[]> {
		const box = this.page.locator(testId('rlc-search'));
		if (!(await box.isVisible())) await this.modelField.locator(testId('rlc-input')).click();
		await box.fill(search);
		await sleep(700);
		const items = this.page.locator(testId('rlc-item'));
		await items.first().waitFor();
		return (await items.allInnerTexts()).map(firstLine);
	}

	/** Takes one out of the open list. */
	async chooseModel(name: string): Promise<void> {
		const items = this.page.locator(testId('rlc-item'));
		await items.getByText(name, { exact: true }).click();
		await items.first().waitFor({ state: 'hidden' });
	}

	/** Turns the model over to "By ID", and types. */
	async typeModel(id: string): Promise<void> {
		await this.modelField.locator(testId('rlc-mode-selector')).click();
		const modes = this.page.locator('.el-select-dropdown__item').filter({ visible: true });
		await modes.getByText('By ID', { exact: true }).click();
		await this.modelField.locator(testId('rlc-input')).fill(id);
	}

	async openCredential(): Promise<void> {
		await this.panel.locator(testId('credential-edit-button')).click();
	}

	/** Runs what comes before the open node, so that its expressions have something to show. */
	async executePreviousNodes(): Promise<void> {
		await this.panel.getByText('Execute previous nodes').click();
	}

	/** Plays a video for a second. Gives its length in seconds. */
	async play(video: Locator): Promise<number> {
		await soon(async () => {
			const playedTo = await video.evaluate(
				async (element: { currentTime: number; play(): Promise<void> }) => {
					await element.play();
					return element.currentTime;
				},
			);
			expect(playedTo).toBeGreaterThan(1);
		});
		return await video.evaluate((element: { duration: number }) => element.duration);
	}

	/** Closes the messages in the corner, which cover what is below them. */
	private async dismissMessages(): Promise<void> {
		const messages = this.page.locator('.el-notification__closeBtn');
		while (await messages.count()) {
			// It may go by itself meanwhile.
			await messages
				.first()
				.click({ timeout: 1_000 })
				.catch(() => undefined);
			await sleep(LOOK_EVERY_MS);
		}
	}

	/**
	 * Presses until n8n has been asked for an execution: a button that still turns swallows the click. Gives the ID of the
	 * execution that n8n has started.
	 */
	private async pressExecute(): Promise<string> {
		const button = this.panel
			.locator(testId('node-execute-button'))
			.filter({ hasText: 'Execute step' });
		let executionId = '';
		await soon(async () => {
			const asked = this.page.waitForResponse(
				(response) => /\/rest\/workflows\/[^/]+\/run\b/.test(response.url()),
				{ timeout: ASKED_WITHIN_MS },
			);
			const [response] = await Promise.all([asked, button.click({ timeout: ASKED_WITHIN_MS })]);
			const { data } = (await response.json()) as { data: { executionId: string } };
			executionId = data.executionId;
		});
		return executionId;
	}

	/** Presses "Execute step", and waits for its end. */
	async executeStep(): Promise<void> {
		// The page may still show how the run before ended.
		await this.setting.api.waitForEnd(await this.pressExecute());
		const ended = ['node-run-status-success', 'node-run-status-danger'].map(testId).join(', ');
		await this.output.locator(ended).waitFor({ timeout: 2 * PATIENCE_MS });
	}

	/** What the output says of a run that has failed; nothing of one that has not. */
	async error(): Promise<string> {
		const parts = this.output.locator(
			['message', 'description'].map((part) => testId(`node-error-${part}`)).join(', '),
		);
		return (await parts.allInnerTexts()).join('\n');
	}

	/** Turns the output over to one of its tabs. */
	async showOutputAs(tab: 'schema' | 'table' | 'json' | 'binary'): Promise<void> {
		await this.output.locator(testId(`radio-button-${tab}`)).click();
	}

	/** A picture for docs/images, of all that is named, taken where `npm run screenshots` asks for it. */
	async picture(name: string, of: Locator, margin = 0): Promise<void> {
		const folder = process.env.E2E_SCREENSHOTS;
		if (!folder) return;
		await this.dismissMessages();
		// Without the marks of what is under the mouse.
		await this.page.mouse.move(0, 0);
		const boxes = await Promise.all((await of.all()).map(async (part) => await part.boundingBox()));
		const seen = boxes.filter((box) => box !== null);
		const x = Math.min(...seen.map((box) => box.x)) - margin;
		const y = Math.min(...seen.map((box) => box.y)) - margin;
		const width = Math.max(...seen.map((box) => box.x + box.width)) + margin - x;
		const height = Math.max(...seen.map((box) => box.y + box.height)) + margin - y;
		const target = resolve(CHECKOUT, folder);
		mkdirSync(target, { recursive: true });
		await this.page.screenshot({
			path: join(target, `${name}.png`),
			clip: { x, y, width, height },
		});
	}

	private async texts(locator: Locator): Promise<string[]> {
		return (await locator.filter({ visible: true }).allInnerTexts()).map(firstLine);
	}
}

/** The editor of the setting's n8n, signed in as its owner. */
export function useEditor(setting: Setting) {
	const screen = {} as { editor: Editor };
	let running: RunningBrowser;
	beforeAll(async () => {
		running = await startChromium();
		const context = await running.browser.newContext({ viewport: SCREEN, locale: 'en-GB' });
		screen.editor = new Editor(await context.newPage(), setting);
		await screen.editor.logIn();
	}, START_TIMEOUT_MS);
	afterAll(async () => await running?.close());
	return screen;
}
