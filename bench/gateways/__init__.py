"""What is compared. A module here with GATEWAY is a gateway: how it is found, set up and started."""

from bench.gateways import direct, litellm, nginx, portkey, waystation
from bench.gateways.gateway import Gateway

GATEWAYS: tuple[Gateway, ...] = (
    direct.GATEWAY,
    nginx.GATEWAY,
    waystation.GATEWAY,
    portkey.GATEWAY,
    litellm.GATEWAY,
)
