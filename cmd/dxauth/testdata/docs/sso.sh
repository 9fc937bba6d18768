# platform: demo
# store: plaintext
export BROWSER=browse BROWSE_USERNAME=alice BROWSE_PASSWORD=wonderland-2026
