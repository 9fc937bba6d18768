# platform: demo
# store: keyring
echo wonderland-2026 | dxauth login --username alice --password-stdin --noprojects
