/**
 * Building a workflow means executing it many times. A test in the editor reuses what the node bought before, or
 * returns a sample. Production executions always buy.
 */
import type { IExecuteFunctions } from 'n8n-workflow';

import { invalidInput, messageOf } from '../gateway/failures';
import type { Clock } from '../flow/clock';
import { limiter } from '../flow/limiter';
import { EditorMemory, EditorTest } from '../tasks/editorMemory';
import { TESTING_LABEL, TO_BUY_AGAIN, type WhenTesting } from '../panel/order';
import type { Parameters } from './parameters';
import { runIndexOf, scopeOf } from './runMemory';

/** One per process. */
const memory = new EditorMemory();
/** n8n's record is not atomic. */
const inTurn = limiter(1);

/** The tests of a node: each manual execution in the editor is one. */
export class EditorTests {
	/**
	 * @param isTest `undefined` if n8n does not tell
	 * @param account purchases of another account are not reused
	 */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly clock: Clock,
		readonly isTest: boolean | undefined,
		private readonly account: string,
	) {}

	/**
	 * The setting that applies to this execution: production always buys.
	 * @throws {SoraFailure} invalid_input if a sample is wanted and nobody knows whether it is a test
	 */
	chosen(p: Parameters): WhenTesting {
		const chosen = p.choice<WhenTesting>('whenTesting');
		if (this.isTest === undefined && chosen === 'sample') {
			throw invalidInput(
				`"${TESTING_LABEL}" is set to the sample, and n8n does not say here whether this is a test`,
				`To buy, ${TO_BUY_AGAIN}. For the sample, execute this workflow itself in the editor.`,
			);
		}
		return this.isTest ? chosen : 'buy';
	}

	/** The maximum that a test buys if no limit is set. */
	get maxPurchases(): number | undefined {
		return this.isTest ? 10 : undefined;
	}

	/** @param digest of the item's request @returns `undefined` in production */
	testOf(itemIndex: number, digest: string): EditorTest | undefined {
		const { context, clock, account } = this;
		if (!this.isTest) return undefined;
		const key = `${scopeOf(context)} ${account} ${digest}`;
		const slot = `${runIndexOf(context)}:${itemIndex}`;
		return new EditorTest(memory, key, context.getExecutionId() ?? '', slot, () => clock.now());
	}

	/** Nothing was bought, or the purchase came to nothing: the next test may buy. */
	async forget(test: EditorTest | undefined): Promise<void> {
		test?.forget();
		if (!test || test.isKnown || test.wasBoughtBefore) return;
		await this.withRecord(
			async (helpers) => await helpers.removeProcessed?.([test.key], 'node', { mode: 'entries' }),
		);
	}

	/**
	 * Checks n8n's own record, which survives a restart and cannot be read without being written, and marks the requests
	 * that an earlier test sent but this process does not know. If there is no such record, it marks none.
	 */
	async checkRecord(tests: readonly EditorTest[]): Promise<void> {
		const keys = [...new Set(tests.map(({ key }) => key))];
		if (keys.length === 0) return;
		const recorded = await this.withRecord(
			async (helpers) => await helpers.checkProcessedAndRecord?.(keys, 'node', { mode: 'entries' }),
		);
		for (const test of tests) {
			test.wasBoughtBefore = recorded?.processed.includes(test.key) === true && !test.isKnown;
		}
	}

	private async withRecord<T>(
		use: (helpers: Partial<IExecuteFunctions['helpers']>) => Promise<T>,
	): Promise<T | undefined> {
		const { helpers, logger } = this.context;
		return await inTurn(async () => await use(helpers)).catch((error: unknown) => {
			logger.debug(`Sora: n8n's record of earlier tests cannot be used. ${messageOf(error)}`);
			return undefined;
		});
	}
}
