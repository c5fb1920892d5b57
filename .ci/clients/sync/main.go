// Starts a product sync, and prints what it was told: a status of 200 and a map of texts, nothing else.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func sync(url, token string) (map[string]string, error) {
	request, err := http.NewRequest("POST", url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Token "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	var told map[string]string
	err = json.NewDecoder(response.Body).Decode(&told)
	return told, err
}

func main() {
	told, err := sync(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(told["message"])
}
