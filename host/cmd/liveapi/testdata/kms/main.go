// The command kms is a KMS adapter for the end-to-end tests: it seals with AES-256-GCM
// under a key in the file of its argument. While a file of that name with .down
// appended exists, it fails.
package main

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path, what string) error {
	if _, err := os.Stat(path + ".down"); err == nil {
		return errors.New("the KMS is down")
	}
	key, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		key = make([]byte, 32)
		rand.Read(key)
		err = os.WriteFile(path, key, 0o600)
	}
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	additional, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	input, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	output := gcm.Seal(nil, nil, input, additional)
	if what == "open" {
		if output, err = gcm.Open(nil, nil, input, additional); err != nil {
			return errors.New("this was sealed by another key, or for something else")
		}
	}
	_, err = os.Stdout.Write(output)
	return err
}
