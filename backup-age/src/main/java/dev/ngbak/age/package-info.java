/** Encryption of archives in the format of age: age-encryption.org/v1. */
package dev.ngbak.age;
