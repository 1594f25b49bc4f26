using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Guests;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What a machine writes to its serial port while it starts.</summary>
internal static class SerialLog
{
    private const string Firmware = "BdsDxe: loading Boot0001 \"Hard Drive\" from AcpiEx(@(#0xFFFFFFFF),VMBus,,)/VenHw(9B17E5A2-0891-42DD-B653-80B5C22809BA)";

    public static string[] Healthy(Guest? guest, ArmResource machine)
    {
        var name = machine.Properties.Text("osProfile", "computerName") ?? machine.Name;
        var isWindows = machine.Properties.At("osProfile", "windowsConfiguration") is not null || JsonReading.Same(machine.Properties.Text("storageProfile", "osDisk", "osType"), "Windows");
        return isWindows
            ?
            [
                Firmware,
                "Computer is booting, SAC started and initialized.",
                "Use the \"ch -?\" command for information about using channels.",
                "SAC>",
            ]
            :
            [
                Firmware,
                "[    0.000000] Linux version 6.1.0-28-cloud-amd64 (debian-kernel@lists.debian.org)",
                .. guest is { IsGeneralized: false } ? new[] { "[    9.412000] waagent: /var/lib/waagent/provisioned exists: provisioning is not done again" } : [],
                "[    9.731000] systemd[1]: Reached target Multi-User System.",
                "Debian GNU/Linux 12 " + name + " ttyS0",
                name + " login:",
            ];
    }

    /// <summary>The disk has no boot loader for this generation.</summary>
    public static string[] NoLoader(string generation) => generation is "V2"
        ?
        [
            "BdsDxe: failed to load Boot0001 \"Hard Drive\" from AcpiEx(@(#0xFFFFFFFF),VMBus,,)/VenHw(9B17E5A2-0891-42DD-B653-80B5C22809BA): Not Found",
            "BdsDxe: No bootable option or device was found.",
            "BdsDxe: Press any key to enter the Boot Manager Menu.",
        ]
        : ["Boot failure. Reboot and Select proper Boot device", "or Insert Boot Media in selected Boot device"];

    /// <summary>The guest has no driver for the disk that it was loaded from.</summary>
    public static string[] NoRoot(bool isWindows) => isWindows
        ? [Firmware, "*** STOP: 0x0000007B (INACCESSIBLE_BOOT_DEVICE)"]
        : [Firmware, "Gave up waiting for root file system device.", "ALERT!  /dev/disk/by-uuid does not exist.  Dropping to a shell!", "(initramfs)"];

    /// <summary>Secure Boot does not let the boot loader in.</summary>
    public static string[] NotSigned() =>
    [
        "BdsDxe: failed to load Boot0001 \"Hard Drive\" from AcpiEx(@(#0xFFFFFFFF),VMBus,,)/VenHw(9B17E5A2-0891-42DD-B653-80B5C22809BA): Access Denied",
        "BdsDxe: No bootable option or device was found.",
    ];

    /// <summary>Sysprep was stopped midway.</summary>
    public static string[] HalfGeneralized() =>
    [
        Firmware,
        "Windows Setup could not configure Windows to run on this computer's hardware.",
        "The computer restarted unexpectedly or encountered an unexpected error. Windows installation cannot proceed.",
    ];
}
