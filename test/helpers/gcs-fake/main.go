// Google Cloud Storage as a program: fake-gcs-server in memory, with one bucket, on a loopback port.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net/url"
	"os"

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

func main() {
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{
		Scheme: "http", Host: "127.0.0.1", PublicHost: "127.0.0.1", Port: 0, NoListener: false,
	})
	if err != nil {
		log.Fatal(err)
	}
	server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: os.Args[1], VersioningEnabled: true})
	address, err := url.Parse(server.URL())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(address.Host)
	// Ends with the process that started it.
	bufio.NewReader(os.Stdin).ReadString('\n')
}
