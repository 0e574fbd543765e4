// n8n-core reads these when it is imported, so they are set before every test file.
Object.assign(process.env, {
	N8N_LOG_LEVEL: 'silent',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	// Tests must never reach a developer's own gateway.
	SORA_API_KEY: '',
	SORA_BASE_URL: '',
	TZ: 'UTC',
});
