"""What people review and measure a delivery by: proxies, contact sheets and the delivery gap."""
