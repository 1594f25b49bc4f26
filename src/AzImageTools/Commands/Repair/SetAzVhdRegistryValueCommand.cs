using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Repair;
using AzImageTools.Pipeline;

namespace AzImageTools.Commands.Repair;

/// <summary>
/// Sets a registry value of the Windows on disk images, without starting it; the value and its key are made where they are missing. The
/// disk is never written: the change is kept beside it, in NAME.azrepair. Send-AzVhd, Convert-AzVhd and the cmdlets that read a
/// disk take both as one with -UseRepair.
/// </summary>
[Cmdlet(VerbsCommon.Set, "AzVhdRegistryValue", SupportsShouldProcess = true, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Set-AzVhdRegistryValue.md")]
[OutputType(typeof(RegistryChange))]
public sealed class SetAzVhdRegistryValueCommand : DiskPathCmdlet
{
    /// <summary>
    /// The key: below HKLM SYSTEM (with CurrentControlSet), SOFTWARE, SAM, SECURITY, COMPONENTS, DRIVERS and DEFAULT; below HKU the
    /// name of a profile's folder, a security identifier, or .DEFAULT; HKCR. It is taken as it is.
    /// </summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.RegistryKey, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(DiskRegistryKeyCompleter))]
    public string Key { get; set; } = string.Empty;

    /// <summary>The value's name; "(default)" for the key's default value.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.RegistryName, Position = 2)]
    [AllowEmptyString]
    public string Name { get; set; } = string.Empty;

    /// <summary>The type that the value gets.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.RegistryType)]
    public RegistryValueType Type { get; set; }

    /// <summary>The data: a number for DWord and QWord, a text for String and ExpandString, texts for MultiString, bytes for the others.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.RegistryValue, Position = 3)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [RegistryInput]
    public PSObject? Value { get; set; }

    /// <summary>The volume with Windows, by its partition's number or by its label, with wildcards; without it, the first one that has a Windows.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DiskVolumeCompleter))]
    public string? Volume { get; set; }

    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    private protected override PreparedDisk Prepare(string path)
    {
        VirtualDiskOptions options = DiskOptions with { Format = Format };
        (string key, string name, RegistryValueType type, object data, string? volume) = (Key, Name, Type, RegistryInput.Convert(Type, Value), Volume);
        return new PreparedDisk(path, null, async (sink, context) =>
        {
            using GuestRepair repair = GuestRepair.Open(path, options, volume, context.Time, context.Cancellation);
            RegistryChange change = repair.Apply(new RegistryEdit(key, name, type, data))!;
            if (!change.IsChanged)
            {
                sink.WriteVerbose($"{change.Path}: {PrintableText.Of($@"{change.Key}\{change.Name}")} is so already, and nothing is kept.");
            }
            else if (await sink.ShouldProcessAsync($"Keep in {PrintableText.Of(change.RepairPath)}, beside the disk, which stays as it is:\n{change}").ConfigureAwait(false))
            {
                repair.Keep();
            }
            else
            {
                return;
            }

            await sink.WriteObjectAsync(change).ConfigureAwait(false);
        });
    }
}
