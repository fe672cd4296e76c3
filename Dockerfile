FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
RUN mvn -B -q -pl backup-server -am -Dmaven.test.skip=true -Dspotless.check.skip=true -Dmaven.javadoc.skip=true \
      -Dmaven.source.skip=true package \
 && cp "$(ls backup-server/target/backup-server-*.jar | grep -v -e sources -e javadoc)" /ngbak.jar

FROM eclipse-temurin:17-jre
RUN useradd --system --uid 1000 --home-dir /backups ngbak || true \
 && mkdir -p /backups && chown 1000:1000 /backups
COPY --from=build /ngbak.jar /app/ngbak.jar
USER 1000:1000
WORKDIR /backups
ENV BACKUP_DIR=/backups HOST=0.0.0.0 PORT=8080 LC_ALL=C.UTF-8
VOLUME ["/backups", "/tmp"]
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT} && printf 'GET /health/live HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && grep -q 200 <&3"]
# Exec form, so that signals reach Java, which stops the running job at its next batch.
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=70", "-XX:+UseSerialGC", "-jar", "/app/ngbak.jar"]
CMD ["serve"]
