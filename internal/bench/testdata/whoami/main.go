// Command whoami is a minimal client that makes the two requests of dxauth whoami,
// with the address and token in WHOAMI_SERVER and WHOAMI_TOKEN.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

func main() {
	if err := run(os.Getenv("WHOAMI_SERVER"), os.Getenv("WHOAMI_TOKEN")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(server, token string) error {
	var who struct{ ID string }
	if err := call(server+"/system/whoami", token, &who); err != nil {
		return err
	}
	var user struct{ Handle string }
	if err := call(server+"/"+who.ID+"/describe", token, &user); err != nil {
		return err
	}
	fmt.Println(user.Handle)
	return nil
}

func call(url, token string, answer any) error {
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
