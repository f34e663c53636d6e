// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_page.c - the web page: files of page/, as they are. */
#include <string.h>
#include "cmd.h"
#include "http_int.h"

/* page/NAME, by .incbin */
#define FILE_BYTES(sym, name) \
	extern const char sym[], sym##_end[]; \
	__asm__(".section .rodata\n" #sym ":\n" \
		".incbin \"verifier-host/service/page/" name "\"\n" \
		#sym "_end:\n.previous")

FILE_BYTES(page_index_html, "index.html");
FILE_BYTES(page_page_css, "page.css");
FILE_BYTES(page_page_js, "page.js");
FILE_BYTES(page_job_js, "job.js");
FILE_BYTES(page_log_js, "log.js");
FILE_BYTES(page_api_js, "api.js");
FILE_BYTES(page_icon_svg, "icon.svg");

#define JS "text/javascript; charset=utf-8"

static const struct page_file { const char *url, *type, *start, *end; } files[] = {
	{ "/", "text/html; charset=utf-8",
	  page_index_html, page_index_html_end },
	{ "/page.css", "text/css; charset=utf-8",
	  page_page_css, page_page_css_end },
	{ "/page.js", JS, page_page_js, page_page_js_end },
	{ "/job.js", JS, page_job_js, page_job_js_end },
	{ "/log.js", JS, page_log_js, page_log_js_end },
	{ "/api.js", JS, page_api_js, page_api_js_end },
	{ "/icon.svg", "image/svg+xml", page_icon_svg, page_icon_svg_end },
};

/*
 * The page is made of these files and of what this origin answers, and puts
 * text into its document only as text: with Trusted Types on, a browser that
 * has them throws where a script would write HTML.
 */
static const char *const headers[][2] = {
	{ "Content-Security-Policy",
	  "default-src 'none'; script-src 'self'; style-src 'self'; "
	  "img-src 'self'; connect-src 'self'; base-uri 'none'; "
	  "form-action 'none'; frame-ancestors 'none'; "
	  "require-trusted-types-for 'script'; trusted-types 'none'" },
	{ "X-Frame-Options", "DENY" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Permissions-Policy",
	  "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
};

http_result get_page(struct request *r, const char *arg)
{
	const struct page_file *f = files;
	struct MHD_Response *resp;
	size_t i;

	while (strcmp(f->url, r->url))	/* it is one of them: http.c */
		f++;
	resp = MHD_create_response_from_buffer(f->end - f->start,
					       (void *)f->start,
					       MHD_RESPMEM_PERSISTENT);
	if (!resp)
		return MHD_NO;
	r->answer_size = f->end - f->start;
	MHD_add_response_header(resp, "Content-Type", f->type);
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		MHD_add_response_header(resp, headers[i][0], headers[i][1]);
	return answer(r, 200, resp);
}

/* The page, or for who asks for JSON what this is. */
http_result get_root(struct request *r, const char *arg)
{
	const char *accept = MHD_lookup_connection_value(r->c,
					MHD_HEADER_KIND, "Accept");

	if (!accept || !strstr(accept, "application/json") ||
	    strstr(accept, "text/html"))
		return get_page(r, arg);
	return answer_json(r, 200, json_pack("{s:s, s:s, s:s}",
		"service", "vorw", "version", VORW_TOOL_VERSION,
		"description", "/v1/openapi"));
}
