# platform: demo
# store: plaintext
PASSWORD=wonderland-2026
echo "$PASSWORD" | dxauth login --username alice --password-stdin --noprojects
