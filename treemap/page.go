package treemap

import (
	"fmt"
	"strings"
)

// pageStyle is that of the page around the picture.
const pageStyle = `:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--dim:#59636e;--rule:#d8dee4}
@media (prefers-color-scheme:dark){:root{--paper:#0f1317;--ink:#e8edf2;--dim:#9aa6b2;--rule:#2b333b}}
body{margin:0 auto;padding:16px;max-width:1400px;background:var(--paper);color:var(--ink);font:14px/1.45 ui-sans-serif,system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
svg{display:block;width:100%;height:auto}
table{border-collapse:collapse;margin-top:20px;width:100%}caption{text-align:left;color:var(--dim);padding:4px 0}
th,td{padding:3px 10px;border-bottom:1px solid var(--rule);text-align:right;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere}thead th{color:var(--dim);font-weight:600}
`

// HTML is a page with the picture and a table below it, whose first row has the names of
// the columns.
func (p *Picture) HTML(caption string, rows [][]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>%s</title>\n<style>%s</style></head>\n<body>\n%s", safe(p.Title), pageStyle, p.SVG())
	fmt.Fprintf(&b, "<table><caption>%s</caption>\n", safe(caption))
	for i, row := range rows {
		cell := "td"
		switch i {
		case 0:
			cell = `th scope="col"`
			b.WriteString("<thead>")
		case 1:
			b.WriteString("<tbody>\n")
		}
		b.WriteString("<tr>")
		for _, text := range row {
			fmt.Fprintf(&b, "<%s>%s</%s>", cell, safe(text), cell[:2])
		}
		b.WriteString("</tr>")
		if i == 0 {
			b.WriteString("</thead>")
		}
		b.WriteString("\n")
	}
	b.WriteString("</table>\n</body></html>\n")
	return b.String()
}
