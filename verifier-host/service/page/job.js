// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * job.js - one job, as the page shows it.  What a job says (names, messages,
 * logs) comes from outside: it becomes text, never markup.
 */
import { json, request, save, sha256 } from "./api.js";
import { LogView, bytes } from "./log.js";

export const $ = (id) => document.getElementById(id);
export const isFinal = (job) => ["done", "refused", "failed"].includes(job.state);

/* el("p", { className: "hint" }, "text", node, ...) */
export function el(name, props, ...inside) {
	const e = Object.assign(document.createElement(name), props);

	e.append(...inside.filter((x) => x !== null && x !== undefined));
	return e;
}

export function time(iso) {
	const t = new Date(iso);
	const today = t.toDateString() === new Date().toDateString();

	return el("time", {
		dateTime: iso,
		title: iso,
		textContent: today ? t.toLocaleTimeString("en-GB") :
			`${t.toLocaleDateString("en-CA")} ${t.toLocaleTimeString("en-GB")}`,
	});
}

export function showState(e, state) {
	e.className = `state ${state}`;
	e.textContent = state;
}

function fileName(job, end) {
	return `${job.options.name}.${job.target}${end}`;
}

/* name, value, name, value, ... of a <dl> */
function pairs(dl, list) {
	dl.replaceChildren(...list.filter(([, value]) => value !== null && value !== "")
		.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

export class JobView {
	#job = null;
	#log;
	#trouble;
	#loading = null;	/* id of the job whose result is on its way */

	/* say: to the live region; trouble: what went wrong, for all to see */
	constructor(say, trouble) {
		const ui = {};

		this.#trouble = trouble;
		for (const part of ["view", "find", "next", "prev", "count", "show", "only",
				    "wrap", "jump", "copy", "save", "size"])
			ui[part] = $(`log-${part}`);
		this.#log = new LogView(ui, say);
		$("get-blob").addEventListener("click", () => this.#blob());
		$("get-provenance").addEventListener("click", () => this.#provenance());
	}

	get id() {
		return this.#job?.id;
	}

	/* null: none */
	show(job) {
		const other = job?.id !== this.#job?.id;
		const ended = job && isFinal(job) && (other || !isFinal(this.#job));

		this.#job = job;
		$("none").hidden = Boolean(job);
		$("one").hidden = !job;
		if (!job)
			return;
		$("job-h").textContent = job.options.file;
		showState($("job-state"), job.state);
		$("job-sub").textContent = `for ${job.target} · ${bytes(job.object.size)}`;
		if (other || !isFinal(job)) {
			$("verdict").hidden = $("log").hidden = $("programs").hidden = true;
			$("fetch-note").textContent = "";
		}
		if (other || job.progress.length)
			this.lines(job.progress);
		$("progress").hidden = isFinal(job) && !$("progress").querySelector("li");
		$("fetch").hidden = job.state !== "done";
		this.#facts(job);
		if (isFinal(job) && (other || ended))
			$("progress").open = false;
		else if (other)
			$("progress").open = true;
		if (ended)
			this.#result(job);
	}

	/* What the worker has said so far. */
	lines(lines) {
		$("progress").hidden = false;
		$("progress").querySelector("ol").replaceChildren(
			...lines.map((line) => el("li", {}, line)));
	}

	#facts(job) {
		pairs($("facts").querySelector("dl"), [
			["Job", job.id],
			["Object, SHA-256", job.object.sha256],
			["Target, identity", job.target_identity],
			["Name on the device", job.options.name],
			["Options", ["full_log", "require_native", "xlated"]
				.filter((o) => job.options[o]).join(", ") || "none"],
			["BTF, SHA-256", job.options.btf],
			["Blob, SHA-256", job.blob],
			["Signed content, SHA-256", job.content],
			["Created", time(job.created)],
			["Started", job.started && time(job.started)],
			["Finished", job.finished && time(job.finished)],
			["Tries", job.attempts > 1 ? String(job.attempts) : null],
		]);
	}

	async #result(job) {
		this.#loading = job.id;
		this.#verdict(job, null);
		try {
			const [all, text] = await Promise.all([
				json(`v1/jobs/${job.id}`),
				request(`v1/jobs/${job.id}/log`).then((r) => r.text()),
			]);
			if (this.#loading !== job.id || this.#job?.id !== job.id)
				return;
			this.#programs(all.report?.programs ?? []);
			$("log").hidden = text === "";
			const where = this.#log.set(text, fileName(job, ".log"), job.state !== "done");
			this.#verdict(job, where);
		} catch (e) {
			this.#trouble(`The result is not to be had: ${e.message}`);
		}
	}

	/* where: findFailure()'s, as soon as the log is there */
	#verdict(job, where) {
		const box = $("verdict");

		box.hidden = job.state === "done";
		box.className = `notice ${job.state}`;
		box.querySelector(".reason").textContent = job.reason ?? "";
		box.querySelector(".message").textContent = (job.message ?? "") +
			(job.state === "failed" ? " Submit it again to have it done anew." : "");
		const source = where && where.source >= 0 ? where.text(where.source) : null;
		const insn = where && where.insn >= 0 ? where.text(where.insn) : null;
		$("cause").hidden = !source && !insn;
		/* "; code @ file.c:12": the place since Linux 6.9 */
		const [, code, place] = /^; ?(.*?)(?: @ (\S+:\d+))?$/.exec(source ?? "") ?? [, "", ""];
		$("cause-source").textContent = code.trim();
		$("cause-source").hidden = $("cause-source").previousElementSibling.hidden = !code.trim();
		$("cause-where").textContent = place ?? "";
		$("cause-where").hidden = !place;
		$("cause-insn").textContent = (insn ?? "").replace(/\s+; .*/, "");
		const none = job.reason !== "verifier-rejected" || !where || (source && insn) ? "" :
			!job.options.full_log ? "For the source line, verify with the full log." :
			!insn ? "The full log was too long to be kept: only its end is there." :
			"The object has no line information: build it with -g.";
		$("cause-none").textContent = none;
		$("cause-none").hidden = !none;
	}

	#programs(programs) {
		const rows = programs.map((p) => p.loaded ? el("tr", {},
			el("th", { scope: "row" }, p.name),
			el("td", {}, p.form,
			   p.form_why ? el("span", { className: "why" }, p.form_why) : null),
			...[p.bytes, p.xlated_insns, p.verified_insns, p.total_states,
			    p.stack_depth, Math.round(p.verification_usec / 1000)]
				.map((n) => el("td", { className: "number" }, n.toLocaleString("en")))) :
			el("tr", {}, el("th", { scope: "row" }, p.name),
			   el("td", { colSpan: 7 }, "left out: SEC(\"?\")")));

		$("programs").hidden = !rows.length;
		$("programs").querySelector("tbody").replaceChildren(...rows);
	}

	async #blob() {
		const job = this.#job;

		await this.#get("get-blob", async () => {
			const blob = await (await request(`v1/jobs/${job.id}/blob`)).blob();
			const digest = await sha256(blob);
			if (digest && digest !== job.blob)
				throw new Error("what came is not what the job says");
			save(blob, fileName(job, ".blob"));
			return `${bytes(blob.size)}${digest ? ", SHA-256 as it should be" : ""}`;
		});
	}

	async #provenance() {
		const job = this.#job;

		await this.#get("get-provenance", async () => {
			const blob = await (await request(`v1/jobs/${job.id}/provenance`)).blob();
			save(blob, fileName(job, ".provenance.json"));
			return "provenance saved";
		});
	}

	async #get(button, how) {
		$(button).disabled = true;
		try {
			$("fetch-note").textContent = await how();
		} catch (e) {
			$("fetch-note").textContent = `Not saved: ${e.message}`;
		}
		$(button).disabled = false;
		$(button).focus();
	}
}
