import type { N8nApi } from './n8nApi';

/** A row as the user sees it. */
export interface Row {
	id: number;
	[column: string]: unknown;
}

const equal = (columnName: string, value: unknown) => ({
	type: 'and',
	filters: [{ columnName, condition: 'eq', value }],
});

/** A Data Table of n8n, as its page in the editor reads and changes it. */
export class DataTable {
	private constructor(
		private readonly api: N8nApi,
		private readonly path: string,
	) {}

	static async named(api: N8nApi, name: string): Promise<DataTable> {
		const { id: project } = await api.request<{ id: string }>('GET', '/projects/personal');
		const tables = `/projects/${project}/data-tables`;
		const filter = encodeURIComponent(JSON.stringify({ name }));
		const { data } = await api.request<{ data: Array<{ id: string; name: string }> }>(
			'GET',
			`${tables}?filter=${filter}`,
		);
		const table = data.find((candidate) => candidate.name === name);
		if (!table) throw new Error(`There is no Data Table ${name}`);
		return new DataTable(api, `${tables}/${table.id}`);
	}

	/** In the order they were added. */
	async rows(): Promise<Row[]> {
		const { data } = await this.api.request<{ data: Row[] }>(
			'GET',
			`${this.path}/rows?sortBy=id:asc&take=100`,
		);
		return data;
	}

	async add(...rows: object[]): Promise<void> {
		await this.api.request('POST', `${this.path}/insert`, { data: rows, returnType: 'count' });
	}

	/** Leaves these rows and no others. */
	async fill(...rows: object[]): Promise<void> {
		for (const { id } of await this.rows()) {
			const filter = encodeURIComponent(JSON.stringify(equal('id', id)));
			await this.api.request('DELETE', `${this.path}/rows?filter=${filter}`);
		}
		await this.add(...rows);
	}
}
