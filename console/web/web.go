// Package web embeds the console's pages if `make console` has built them. Otherwise the folder contains only a note, so that the Go
// programs build without Node.js.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// Pages returns the built pages, with a folder for each language; empty if they were not built.
func Pages() fs.FS {
	pages, err := fs.Sub(dist, "dist/app")
	if err != nil {
		panic("web: " + err.Error()) // the name is valid
	}
	return pages
}
