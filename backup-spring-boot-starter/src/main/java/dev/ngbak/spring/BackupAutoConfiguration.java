package dev.ngbak.spring;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.spi.Settings;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Provides a {@link BackupManager} whose settings are the properties {@code ngbak.*}: {@code ngbak.working-dir} is the setting
 * {@code WORKING_DIR}. An application replaces the settings or the manager by a bean of its own. Connects to no store.
 */
@AutoConfiguration
public final class BackupAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean({Settings.class, BackupManager.class})
    Settings ngbakSettings(Environment environment) {
        return SettingProperties.read(environment);
    }

    /** Spring closes the manager with the application. */
    @Bean
    @ConditionalOnMissingBean
    BackupManager backupManager(Settings settings) {
        return new BackupManager(settings);
    }
}
