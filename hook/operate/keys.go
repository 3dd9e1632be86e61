package operate

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// public returns the key that verifies what k signs.
func (k *SigningKey) public() (*PublicKey, error) {
	block, _ := pem.Decode(k.PEM)
	if block == nil {
		return nil, errors.New("signing key: want a private key in PEM form")
	}
	private, err := parsePrivate(block)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return &PublicKey{PEM: string(text), ID: k.ID, Algorithm: k.Algorithm}, nil
}

// parsePrivate reads a private key in the forms that OPA takes. Its errors have
// nothing of the key in them.
func parsePrivate(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, fmt.Errorf("signing key: the PEM block %q is no private key that can be read", block.Type)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("signing key: a %T does not sign", key)
	}
	return signer, nil
}
