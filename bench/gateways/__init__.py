"""What is compared. A module here with GATEWAY is a gateway: how it is found, set up and started."""

from bench.gateways import direct, litellm, nginx, portkey, waystation, waystation_limited, waystation_postgres
from bench.gateways.gateway import Gateway

GATEWAYS: tuple[Gateway, ...] = (
    direct.GATEWAY,
    nginx.GATEWAY,
    waystation.GATEWAY,
    waystation_limited.GATEWAY,
    waystation_postgres.GATEWAY,
    portkey.GATEWAY,
    litellm.GATEWAY,
)
