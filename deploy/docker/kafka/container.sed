# container.sed - the embedded stack's broker (deploy/local/kafka/server.properties) with the addresses of a container, and with
# the usual patience of the controller with its broker: a machine that is busy with builds is no dead one.
1s/.*/# made by deploy\/docker\/kafka\/start/
s|^controller.quorum.bootstrap.servers=.*|controller.quorum.bootstrap.servers=127.0.0.1:9093|
s|^listeners=.*|listeners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093|
s|^advertised.listeners=.*|advertised.listeners=PLAINTEXT://kafka:9092|
s|^log.dirs=.*|log.dirs=/var/lib/kafka/data|
s|^broker.session.timeout.ms=.*|broker.session.timeout.ms=9000|
/^# Local only/d
