package dev.ngbak.spring;

import dev.ngbak.engine.BackupManager;
import java.time.Duration;
import java.util.function.Predicate;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** Adds ngbak to the actuator of an application that has one. */
@AutoConfiguration(after = BackupAutoConfiguration.class)
@ConditionalOnBean(BackupManager.class)
public final class BackupActuatorAutoConfiguration {

    /** The endpoint, and what keeps secrets out of the other endpoints. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
    static class Endpoints {

        @Bean
        @ConditionalOnMissingBean
        @ConditionalOnAvailableEndpoint
        BackupEndpoint backupEndpoint(BackupManager manager) {
            return new BackupEndpoint(manager);
        }

        /** Masks secrets in the endpoints {@code env} and {@code configprops}, even if these show values. */
        @Bean
        SanitizingFunction ngbakSecrets() {
            Predicate<String> secrets = SettingProperties.secrets();
            return data -> secrets.test(data.getKey()) ? data.withSanitizedValue() : data;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
    static class Health {

        @Bean
        @ConditionalOnMissingBean(name = "ngbakHealthIndicator")
        @ConditionalOnEnabledHealthIndicator("ngbak")
        HealthIndicator ngbakHealthIndicator(BackupManager manager, Environment environment) {
            return new BackupHealthIndicator(
                    manager,
                    Binder.get(environment)
                            .bind("management.health.ngbak.max-age", Duration.class)
                            .orElse(null));
        }
    }
}
