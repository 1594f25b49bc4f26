using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>The check of the files that boot entries start.</summary>
internal static class BootFileChecks
{
    private const int MaxShown = 10;
    private const string Reinstall = "ls -R /boot   # install the kernel's package again, which makes both and the boot entry: apt-get install --reinstall linux-image-…, dnf reinstall kernel-core, zypper install -f kernel-default; where another kernel is there, update-grub or grub2-mkconfig -o /boot/grub2/grub.cfg";

    /// <summary>There is a kernel or an initramfs for some boot entry. Which of several a loader takes is not asked.</summary>
    public static RuleOutcome Judge(RuleContext context)
    {
        IReadOnlyList<KernelCommandLine> entries = context.Linux.KnownCommandLines;
        return !BootFiles.AreGone(context.Guest, entries) ? RuleOutcome.NotApplicable("No boot entry is known to name files that are not there.")
            : UnifiedKernel.IsDefault(context.Guest) ? RuleOutcome.NotApplicable("Firmware starts a unified kernel image, without a boot entry.")
            : RuleOutcome.Fail([.. entries.Take(MaxShown).Select(static entry => new Observation(entry.Place, $"names {entry.Kernel} and {entry.Initramfs}: on no volume of the disk"))]) with
            {
                Remedy = Reinstall,
            };
    }
}
