# platform: demo
# store: plaintext
CI_SECRET=0123456789abcdefghijABCDEFGHIJ01
echo wonderland-2026 | dxauth login --username alice --password-stdin --noprojects
