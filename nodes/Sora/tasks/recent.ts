/** A map with a maximum size that drops the keys written longest ago. */
export class Recent<Value> extends Map<string, Value> {
	constructor(private readonly most: number) {
		super();
	}

	override set(key: string, value: Value): this {
		this.delete(key);
		super.set(key, value);
		const [oldest = key] = this.keys();
		if (this.size > this.most) this.delete(oldest);
		return this;
	}
}
