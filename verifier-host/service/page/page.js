// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* page.js - the page: token, submission, the list of jobs and who watches them. */
import { events, hasToken, json, keep, recall, request, save, setToken, tokenKept } from "./api.js";
import { $, JobView, el, isFinal, showState, time } from "./job.js";

const OBJECT_MAX = 16 << 20, BTF_MAX = 48 << 20;	/* docs/openapi.yaml */
const STREAMS = 3;	/* a browser has 6 connections to an origin over HTTP/1.1 */
const POLL_MS = 2500;
const HEALTH_MS = 30000;
const LIST = 25;
const MISSED = 5;	/* asked for one by one, when the list is too short for them */
const MINE = "vorw-jobs";
const TARGETS = "vorw-targets";

const jobs = new Map();		/* by id, all that we know of */
const rows = new Map();		/* their <li>, by id */
const streams = new Map();	/* AbortController, by id */
const mine = new Set((recall(MINE) ?? "").split(" ").filter(Boolean));
let listed = [];		/* ids, in the service's order */
let mayList = true;
let locked = false;		/* no token that the service takes */
const view = new JobView(say, trouble);

/* To the live region: what one who does not see the page has to know. */
function say(text) {
	$("status").textContent = text;
}

/* What went wrong, for all to see; "": no more. */
function trouble(text) {
	if ($("trouble").textContent !== text)
		$("trouble").textContent = text;
	$("trouble").hidden = !text;
}

/* ---- the token ---- */

function tokenPanel(open) {
	$("token-panel").hidden = !open;
	$("token-open").setAttribute("aria-expanded", String(open));
	if (open)
		$("token").focus();
}

/* The service wants another token than it gets, or one at all. */
function unauthorized(e) {
	if (e.status !== 401)
		return false;
	if (locked)	/* asked for already: one may be typing it */
		return true;
	locked = true;
	$("token-error").textContent = hasToken() ? "This token is not valid here." :
		"This service wants a token.";
	$("token").setAttribute("aria-invalid", String(hasToken()));
	tokenPanel(true);
	return true;
}

function tokenState() {
	$("token-forget").hidden = !hasToken();
	$("token-open").textContent = hasToken() ? "Token in use" : "Token";
	$("token-keep").checked = tokenKept();
}

$("token-open").addEventListener("click", () => tokenPanel($("token-panel").hidden));
$("token-panel").addEventListener("keydown", (e) => {
	if (e.key !== "Escape")
		return;
	tokenPanel(false);
	$("token-open").focus();
});
$("token-form").addEventListener("submit", async (e) => {
	e.preventDefault();
	const value = $("token").value.trim();

	if (!/^[\x21-\x7e]+$/.test(value)) {
		$("token-error").textContent = "Type or paste a token: vorw_ and 64 hex digits.";
		$("token").setAttribute("aria-invalid", "true");
		$("token").focus();
		return;
	}
	setToken(value, $("token-keep").checked);
	await withToken("The token is in use.");
});
$("token-forget").addEventListener("click", async () => {
	setToken("", false);
	await withToken("The token is forgotten.");
});

/* Another token is another view of the service. */
async function withToken(words) {
	$("token-error").textContent = "";
	$("token").removeAttribute("aria-invalid");
	locked = false;
	trouble("");
	tokenState();
	for (const stop of streams.values())
		stop.abort();
	streams.clear();
	listed = [];
	rows.clear();
	jobs.clear();
	view.show(null);
	draw();
	/* locked: what was asked meanwhile was told that it is valid no more */
	if (!await loadTargets() || locked)
		return;
	$("token").value = "";
	tokenPanel(false);
	$("token-open").focus();
	say(words);
	await refresh();
	look();
}

/* ---- targets ---- */

async function loadTargets() {
	let targets;

	try {
		({ targets } = await json("v1/targets"));
	} catch (e) {
		$("targets-ready").replaceChildren(el("p", { className: "hint" },
			e.status === 401 ? "A token is needed to see them." : e.message));
		$("targets-other").hidden = true;
		unauthorized(e);
		return false;
	}
	const ready = targets.filter((t) => t.ready);
	const other = targets.filter((t) => !t.ready);
	const chosen = (recall(TARGETS) ?? "").split(" ");

	$("targets-ready").replaceChildren(...ready.map((t) => {
		const box = el("input", { type: "checkbox", name: "target", value: t.name,
					  id: `target-${t.name}`,
					  checked: ready.length === 1 || chosen.includes(t.name) });
		const facts = el("span", { className: "hint", id: `facts-${t.name}` },
			[t.alias && `= ${t.alias}`, t.release && `Linux ${t.release}`, t.arch, t.cpu]
				.filter(Boolean).join(" · "));

		box.setAttribute("aria-describedby", facts.id);
		return el("p", { className: "check" }, box,
			  el("label", { htmlFor: box.id }, t.name), facts);
	}));
	if (!ready.length)
		$("targets-ready").replaceChildren(el("p", { className: "hint" },
			"No target is ready: make TARGET=… builds one."));
	$("targets-other").hidden = !other.length;
	$("targets-other").querySelector("summary").textContent = `${other.length} not ready here`;
	$("targets-other").querySelector("dl").replaceChildren(...other.map((t) =>
		el("div", {}, el("dt", {}, t.name), el("dd", {}, t.why_not ?? t.state ?? ""))));
	return true;
}

/* ---- submitting ---- */

function fault(id, text, control = $(id)) {
	$(`${id}-error`).textContent = text;
	if (control && text)
		control.setAttribute("aria-invalid", "true");
	else
		control?.removeAttribute("aria-invalid");
	return text ? control : null;
}

/* Bytes of the file as it is now: one that was built again since it was chosen
 * cannot be read any more. */
async function contents(id, max) {
	const file = $(id).files[0];

	if (!file)
		return { bad: null };
	if (file.size > max)
		return { bad: fault(id, `That is more than ${max >> 20} MiB.`) };
	try {
		return { part: new Blob([await file.arrayBuffer()]), name: file.name };
	} catch {
		return { bad: fault(id, `${file.name} cannot be read any more; was it built again? Choose it once more.`) };
	}
}

/* The form as the request's body; null: something is missing, and said. */
async function body() {
	const form = new FormData();
	const targets = [...document.querySelectorAll("input[name=target]:checked")].map((t) => t.value);
	const name = $("name").value.trim();
	const faults = [];

	for (const id of ["object", "name", "btf"])
		fault(id, "");
	fault("targets", "", null);
	const object = await contents("object", OBJECT_MAX);
	const btf = await contents("btf", BTF_MAX);
	if (object.part)
		form.append("object", object.part, object.name);
	else
		faults.push(object.bad ?? fault("object", "Choose an object."));
	if (!targets.length) {
		fault("targets", "Choose a target, or several.", null);
		faults.push(document.querySelector("input[name=target]"));
	}
	for (const t of targets)
		form.append("target", t);
	if (name && !/^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/.test(name)) {
		document.querySelector(".more").open = true;
		faults.push(fault("name", "1 to 63 letters, digits, '_' and '-', not '-' first."));
	} else if (name) {
		form.append("name", name);
	}
	for (const id of ["full_log", "require_native", "xlated"])
		if ($(id).checked)
			form.append(id, "true");
	if (btf.part)
		form.append("btf", btf.part, btf.name);
	else if (btf.bad)
		faults.push(btf.bad);
	keep(TARGETS, targets.join(" "));
	if (!faults.length)
		return form;
	faults.find(Boolean)?.focus();
	return null;
}

function submitError(e) {
	$("submit-error").hidden = !e;
	$("submit-error").querySelector(".reason").textContent = e?.reason ?? "";
	$("submit-error").querySelector(".message").textContent = e?.message ?? "";
}

$("submit").addEventListener("submit", async (e) => {
	e.preventDefault();
	if ($("go").disabled)
		return;
	submitError(null);
	const form = await body();
	if (!form)
		return;
	$("go").disabled = true;
	$("go").textContent = "Sending…";
	try {
		const answer = await json("v1/verify", { method: "POST", body: form,
							 headers: { Prefer: "respond-async" } });
		const list = answer.jobs ?? [answer];
		for (const job of list) {
			mine.add(job.id);
			know(job);
		}
		keep(MINE, [...mine].slice(-200).join(" "));
		listed = [...new Set([...list.map((j) => j.id), ...listed])];
		say(list.length > 1 ? `${list.length} jobs accepted.` : "The job is accepted.");
		history.pushState(null, "", `#job=${list[0].id}`);
		look(true);
	} catch (err) {
		if (!unauthorized(err))
			submitError(err);
	}
	$("go").disabled = false;
	$("go").textContent = "Verify";
});

$("object").addEventListener("change", () => {
	fault("object", "");
	$("drop").classList.toggle("full", $("object").files.length > 0);
});

let dragging = 0;
const drag = (on) => {
	dragging = on;
	document.body.classList.toggle("dragging", dragging > 0);
};
addEventListener("dragenter", () => drag(dragging + 1));
addEventListener("dragleave", () => drag(Math.max(0, dragging - 1)));
addEventListener("dragover", (e) => e.preventDefault());
addEventListener("drop", (e) => {
	e.preventDefault();
	drag(0);
	if (e.dataTransfer.files.length === 1) {
		$("object").files = e.dataTransfer.files;
		$("object").dispatchEvent(new Event("change"));
		$("go").focus();
		say(`${e.dataTransfer.files[0].name} is chosen.`);
	} else if (e.dataTransfer.files.length) {
		fault("object", "One object at a time, please.");
	}
});

/* ---- the list ---- */

function know(job) {
	const old = jobs.get(job.id);

	/* an older answer may come later */
	if (old && old.version > job.version)
		return;
	jobs.set(job.id, { ...job });
	if (old && old.state !== job.state && mine.has(job.id))
		say(`${job.options.file} for ${job.target}: ${job.state}` +
		    (job.reason ? `, ${job.reason}. ${job.message ?? ""}` : "."));
	if (view.id === job.id)
		view.show(jobs.get(job.id));
}

function row(id) {
	const job = jobs.get(id);
	let li = rows.get(id);

	if (!li) {
		li = el("li", {}, el("a", { href: `#job=${id}` },
			el("span", { className: "state" }), el("span", { className: "file" }),
			el("span", { className: "sub" }, el("span", { className: "target" }), " · ",
			   time(job.created))));
		rows.set(id, li);
	}
	showState(li.querySelector(".state"), job.state);
	li.querySelector(".file").textContent = job.options.file;
	li.querySelector(".target").textContent = job.target;
	if (id === view.id)
		li.firstChild.setAttribute("aria-current", "true");
	else
		li.firstChild.removeAttribute("aria-current");
	return li;
}

function draw() {
	const show = $("jobs-show").value;
	const ids = listed.filter((id) => show === "" || (show === "mine" ? mine.has(id) :
							  jobs.get(id).state === show));
	const focus = document.activeElement;

	/* what is in its place stays there, and so does the focus */
	const now = ids.map(row);
	if (now.length !== $("jobs").children.length || now.some((li, i) => $("jobs").children[i] !== li))
		$("jobs").replaceChildren(...now);
	if (focus !== document.activeElement && focus.isConnected)
		focus.focus({ preventScroll: true });
	$("jobs-note").textContent = !mayList ? "This token may not list jobs: only those of this tab are here." :
		ids.length ? "" : "None yet.";
}

/* older: those behind the last that is listed.  Else the newest again. */
async function refresh(older = false, quiet = false) {
	const show = $("jobs-show").value;
	const query = new URLSearchParams({ limit: LIST });

	if (show && show !== "mine")
		query.set("state", show);
	if (older) {
		query.set("before", Date.parse(jobs.get(listed.at(-1)).created));
		query.set("before_id", listed.at(-1));
	}
	let list = [];
	try {
		({ jobs: list } = await json(`v1/jobs?${query}`));
		mayList = true;
	} catch (e) {
		mayList = e.status !== 403;
		if (mayList) {
			if (!unauthorized(e) && !quiet)
				trouble(`The list of jobs is not to be had: ${e.message}`);
			return;
		}
	}
	if (!mayList)
		list = (await Promise.allSettled([...mine].slice(-LIST).reverse()
			.map((id) => json(`v1/jobs/${id}`))))
			.filter((r) => r.status === "fulfilled").map((r) => r.value);
	for (const job of list)
		know(job);
	const missed = unfinished().filter((id) => !streams.has(id) && !list.some((j) => j.id === id));
	for (const id of missed.slice(-MISSED))
		know(await json(`v1/jobs/${id}`).catch(() => jobs.get(id)));
	const seen = new Set(list.map((j) => j.id));
	const kept = listed.filter((id) => !seen.has(id));
	listed = [...kept, ...seen].sort((a, b) =>
		Date.parse(jobs.get(b).created) - Date.parse(jobs.get(a).created) || (a < b ? -1 : 1));
	$("jobs-more").hidden = list.length < LIST;
	draw();
	watch();
}

$("jobs-show").addEventListener("change", () => refresh());
$("jobs-more").addEventListener("click", () => refresh(true));

/* ---- watching ---- */

const unfinished = () => listed.filter((id) => !isFinal(jobs.get(id)));

function forget(id) {
	listed = listed.filter((other) => other !== id);
	jobs.delete(id);
	rows.delete(id);
	if (view.id === id)
		view.show(null);
	draw();
}

/* A stream for the job that is looked at and for the oldest of the others; who
 * has none is asked for with the list, now and then. */
function watch() {
	if (locked)
		return;
	const order = unfinished().reverse().sort((a, b) => (b === view.id) - (a === view.id));

	for (const id of order) {
		if (streams.size >= STREAMS && id === view.id && !streams.has(id)) {
			const [other, stop] = streams.entries().next().value;
			stop.abort();
			streams.delete(other);
		}
		if (streams.size < STREAMS && !streams.has(id))
			follow(id);
	}
}

async function follow(id) {
	const stop = new AbortController();
	let pause = 1000;

	streams.set(id, stop);
	while (!stop.signal.aborted && jobs.has(id) && !isFinal(jobs.get(id))) {
		const progress = [];
		try {
			await events(`v1/jobs/${id}/events`, stop.signal, (name, data) => {
				if (name === "end") {
					know(JSON.parse(data));
				} else if (name === "progress") {
					progress.push(data);
					if (jobs.get(id).state === "queued")
						know({ ...jobs.get(id), state: "running" });
					if (view.id === id)
						view.lines(progress);
				}
				draw();
			});
		} catch (e) {
			if (stop.signal.aborted)
				return;
			if (e.status === 404)
				forget(id);
			if (e.status === 404 || unauthorized(e))
				break;
		}
		/* it ended without the end: the service was started anew */
		if (!isFinal(jobs.get(id)))
			await new Promise((go) => setTimeout(go, pause));
		pause = Math.min(pause * 2, 15000);
	}
	if (streams.get(id) === stop)
		streams.delete(id);
	watch();
}

setInterval(() => {
	if (!document.hidden && !locked && unfinished().some((id) => !streams.has(id)))
		refresh(false, true);
}, POLL_MS);

/* ---- which job is looked at ---- */

/* That of the URL: "#job=…".  focus: go there. */
async function look(focus = false) {
	const id = /^#job=([0-9a-f]{64})$/.exec(location.hash)?.[1];

	trouble("");
	if (id && !jobs.has(id)) {
		try {
			know(await json(`v1/jobs/${id}`));
			listed.push(id);
		} catch (e) {
			if (!unauthorized(e))
				trouble(e.status === 404 ? "There is no such job (any more)." : e.message);
		}
	}
	view.show(jobs.get(id) ?? null);
	document.title = `${jobs.get(id) ? `${jobs.get(id).options.file} – ` : ""}vorw verification service`;
	draw();
	watch();
	if (focus && id)
		$("job-h").focus();
}

addEventListener("hashchange", () => look(true));

/* ---- the rest ---- */

$("get-cert").addEventListener("click", async () => {
	try {
		const { certificates } = await json("v1/certificates");
		save(new Blob(certificates.map((c) => c.pem), { type: "application/x-pem-file" }),
		     "vorw-signer.pem");
		say("The certificate is saved.");
	} catch (e) {
		if (!unauthorized(e))
			trouble(`No certificate: ${e.message}`);
	}
});

async function health() {
	let words = "ready";

	try {
		await request("healthz");
	} catch (e) {
		words = e.status ? "not well" : "not reachable";
	}
	$("health").textContent = words;
	$("health").classList.toggle("bad", words !== "ready");
}

async function version() {
	const { version } = await json("./", { headers: { Accept: "application/json" } });

	$("version").textContent = `vorw ${version}`;
}

setInterval(() => document.hidden || health(), HEALTH_MS);

$("curl").textContent = `curl -f -F object=@prog.o -F target=armv7 \\\n    ` +
	`${location.origin}${location.pathname.replace(/[^/]*$/, "")}v1/verify -o prog.blob`;
tokenState();
health();
version().catch(() => {});
if (await loadTargets()) {
	await refresh();
	await look();
}
