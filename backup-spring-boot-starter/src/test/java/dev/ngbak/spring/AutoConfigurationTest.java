package dev.ngbak.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.BackupRequest;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;

class AutoConfigurationTest {

    @TempDir
    Path temp;

    private ApplicationContextRunner runner;

    @BeforeEach
    void nameTheFolders() throws IOException {
        Path workingDir = Files.createDirectory(temp.resolve("working_dir"));
        Files.writeString(workingDir.resolve("kv_store_full_docs.json"), "{\"doc-1\": {\"content\": \"x\"}}");
        runner = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(BackupAutoConfiguration.class, BackupActuatorAutoConfiguration.class))
                .withPropertyValues("ngbak.working-dir=" + workingDir, "ngbak.backup-dir=" + temp.resolve("backups"));
    }

    @Test
    void managerHasTheSettingsOfTheProperties() {
        runner.withPropertyValues("ngbak.backupRetention=7", "ngbak.neo4j.url=ignored")
                .run(context -> {
                    Settings settings = context.getBean(Settings.class);
                    assertThat(settings.names())
                            .containsExactlyInAnyOrder("WORKING_DIR", "BACKUP_DIR", "BACKUP_RETENTION");
                    BackupManager manager = context.getBean(BackupManager.class);
                    manager.create(BackupRequest.builder().id("first").build());
                    assertThat(temp.resolve("backups/first.ngbak")).exists();
                });
    }

    @Test
    void unusableSettingStopsTheStartAndIsNamed() {
        runner.withPropertyValues("ngbak.backup-retention=many")
                .run(context -> assertThat(context)
                        .hasFailed()
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("BACKUP_RETENTION is \"many\""));
    }

    @Test
    void secretsOfEveryPluginAreMaskedInOtherEndpoints() {
        runner.run(context -> {
            SanitizingFunction mask = context.getBean(SanitizingFunction.class);
            assertThat(masked(mask, "ngbak.neo4j-password")).isTrue();
            assertThat(masked(mask, "ngbak.neo4jPassword")).isTrue();
            assertThat(masked(mask, "NGBAK_NEO4J_PASSWORD")).isTrue();
            assertThat(masked(mask, "NGBAK_NEO4JPASSWORD")).isTrue();
            assertThat(masked(mask, "ngbak.redis-url")).isTrue();
            assertThat(masked(mask, "ngbak.backup-pause-hook")).isTrue();
            assertThat(masked(mask, "ngbak.password-of-a-missing-plugin")).isTrue();
            assertThat(masked(mask, "ngbak.working-dir")).isFalse();
            assertThat(masked(mask, "NGBAK_WORKING_DIR")).isFalse();
            assertThat(masked(mask, "management.health.ngbak.max-age")).isFalse();
            assertThat(masked(mask, "spring.application.name")).isFalse();
        });
    }

    private static boolean masked(SanitizingFunction mask, String key) {
        MapPropertySource source = new MapPropertySource("test", Map.of(key, "hunter2"));
        return !"hunter2"
                .equals(mask.apply(new SanitizableData(source, key, "hunter2")).getValue());
    }

    @Test
    void beansOfTheApplicationTakePrecedence() {
        runner.withUserConfiguration(OwnManager.class).run(context -> {
            assertThat(context).hasSingleBean(BackupManager.class).doesNotHaveBean(Settings.class);
            assertThat(context.getBean(BackupManager.class)).isSameAs(OwnManager.MANAGER);
        });
    }

    @Configuration
    static class OwnManager {
        static final BackupManager MANAGER = new BackupManager(Settings.of(Map.of()));

        @Bean
        BackupManager ownManager() {
            return MANAGER;
        }
    }

    @Test
    void applicationNeedsNoActuator() {
        runner.withClassLoader(
                        new FilteredClassLoader("org.springframework.boot.actuate", "org.springframework.boot.health"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(BackupManager.class)
                        .doesNotHaveBean("ngbakHealthIndicator"));
    }

    @Test
    void endpointIsAbsentUnlessTheApplicationExposesIt() {
        runner.run(context -> assertThat(context).doesNotHaveBean(BackupEndpoint.class));
        runner.withPropertyValues("management.endpoints.web.exposure.include=ngbak")
                .run(context -> assertThat(context).hasSingleBean(BackupEndpoint.class));
    }

    private static Health health(AssertableApplicationContext context) {
        return context.getBean(HealthIndicator.class).health();
    }

    @Test
    void healthReportsTheAgeOfTheLastBackup() {
        runner.withPropertyValues("management.health.ngbak.max-age=1h").run(context -> {
            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
            assertThat(health(context).getDetails()).containsEntry("lastBackup", "none");

            context.getBean(BackupManager.class)
                    .create(BackupRequest.builder().id("first").build());

            assertThat(health(context).getStatus()).isEqualTo(Status.UP);
            assertThat(health(context).getDetails())
                    .containsEntry("lastBackup", "first")
                    .containsKeys("lastBackupAt", "lastBackupAgeSeconds");
        });
    }

    @Test
    void healthIsDownIfTheLastBackupIsTooOld() {
        runner.withPropertyValues("management.health.ngbak.max-age=0s").run(context -> {
            context.getBean(BackupManager.class).create(BackupRequest.builder().build());

            assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
        });
    }

    @Test
    void healthNeedsNoStore() {
        runner.withPropertyValues("ngbak.graph-backend=neo4j", "ngbak.neo4j-url=bolt://127.0.0.1:1")
                .run(context -> assertThat(health(context).getStatus()).isEqualTo(Status.UP));
    }

    @Test
    void healthIndicatorCanBeSwitchedOff() {
        runner.withPropertyValues("management.health.ngbak.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(HealthIndicator.class));
    }
}
