package main

import "mpyld/linkmap"

// readMap reads what -Map wrote.
func readMap(name string) (*linkmap.Listing, error) {
	data, err := disk.ReadText(name)
	if err != nil {
		return nil, err
	}
	return linkmap.Parse(name, string(data))
}
