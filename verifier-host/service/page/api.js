// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * api.js - requests to the service that this page came from (docs/openapi.yaml).
 *
 * A token goes into the Authorization header, so links, EventSource and plain
 * downloads are of no use: all of it is fetch().
 */
const KEY = "vorw-token";

/* sessionStorage; a browser that is told to keep nothing throws. */
export function recall(key) {
	try {
		return sessionStorage.getItem(key);
	} catch {
		return null;
	}
}

export function keep(key, value) {
	try {
		if (value)
			sessionStorage.setItem(key, value);
		else
			sessionStorage.removeItem(key);
	} catch {
		/* then only this page's memory has it */
	}
}

let token = recall(KEY) ?? "";

export const hasToken = () => token !== "";
export const tokenKept = () => recall(KEY) !== null;

export function setToken(value, stay) {
	token = value;
	keep(KEY, stay ? value : "");
}

/* What the service answers in place of what was asked for (RFC 9457). */
export class Problem extends Error {
	constructor(status, doc) {
		super(doc.detail || doc.title || `HTTP status ${status}`);
		this.status = status;
		this.reason = doc.reason || "remote-failed";
		this.log = doc.log;
		this.job = doc.job;
	}
}

export async function request(path, { headers = {}, ...more } = {}) {
	if (token)
		headers = { ...headers, Authorization: `Bearer ${token}` };
	let r;
	try {
		r = await fetch(path, { ...more, headers, redirect: "error", mode: "same-origin" });
	} catch (e) {
		if (e.name === "AbortError")
			throw e;
		throw new Problem(0, { detail: "The service cannot be reached." });
	}
	if (r.ok)
		return r;
	const kind = r.headers.get("Content-Type") ?? "";
	throw new Problem(r.status, kind.includes("json") ? await r.json() : {});
}

export const json = async (path, more) => (await request(path, more)).json();

/*
 * Server-sent events (WHATWG HTML, 9.2.6), as far as the service sends them:
 * on(event, data) for each, until the stream ends.
 */
export async function events(path, signal, on) {
	const r = await request(path, { signal, headers: { Accept: "text/event-stream" } });
	const reader = r.body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = "", name = "message", data = [];

	for (;;) {
		const { done, value } = await reader.read();
		if (done)
			return;
		const lines = (rest + value).split("\n");
		rest = lines.pop();
		for (const line of lines) {
			if (line.startsWith("event: "))
				name = line.slice(7);
			else if (line.startsWith("data: "))
				data.push(line.slice(6));
			if (line !== "")
				continue;
			if (data.length)
				on(name, data.join("\n"));
			name = "message";
			data = [];
		}
	}
}

/* Have the browser save bytes under a name. */
export function save(blob, name) {
	const url = URL.createObjectURL(blob);
	const a = document.createElement("a");

	a.href = url;
	a.download = name;
	a.click();
	/* the download has begun with its own reference by then */
	setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/* Hex digest; null where the browser has no crypto (plain HTTP, not local). */
export async function sha256(blob) {
	if (!crypto.subtle)
		return null;
	const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
	return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
