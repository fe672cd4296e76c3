FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
RUN mvn -B -q -pl backup-server -am -Dmaven.test.skip=true -Dspotless.check.skip=true -Dmaven.javadoc.skip=true \
      -Dmaven.source.skip=true package \
 && mkdir /app \
 && cp "$(ls backup-server/target/backup-server-*.jar | grep -v -e sources -e javadoc)" /app/ngbak.jar
# The first line is what `jdeps --print-module-deps` finds in the jar. The others are found only at run time: elliptic curves
# for TLS, SRV records of neo4j:// addresses, file systems in jars, and jcmd for diagnosis.
RUN jlink --strip-java-debug-attributes --no-man-pages --no-header-files --output /java \
      --add-modules java.base,java.desktop,java.naming,java.net.http,java.security.jgss,java.sql,jdk.jfr,jdk.management,jdk.unsupported \
      --add-modules jdk.crypto.ec,jdk.naming.dns,jdk.zipfs,jdk.jcmd \
 && /java/bin/java -Xshare:dump >/dev/null

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="ngbak" \
      org.opencontainers.image.description="Backup and restore for GraphRAG systems: graph, vectors and documents in one verified archive" \
      org.opencontainers.image.version="0.2.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# The owner of a new named volume is the owner of this directory.
RUN useradd --uid 1000 --no-create-home --home-dir /backups ngbak \
 && mkdir /backups && chown 1000:1000 /backups
COPY --from=build /java /opt/java
COPY --from=build /app /app
COPY LICENSE /app/
COPY deploy/image/ngbak /usr/local/bin/ngbak
ENV PATH=/opt/java/bin:$PATH BACKUP_DIR=/backups HOST=0.0.0.0 PORT=8080 LC_ALL=C.UTF-8
# A number, so that Kubernetes can tell that it is not root.
USER 1000:1000
WORKDIR /backups
VOLUME ["/backups", "/tmp"]
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT} && printf 'GET /health/live HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && grep -q 200 <&3"]
ENTRYPOINT ["ngbak"]
CMD ["serve"]
