using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Disks.Items;
using AzImageTools.Pipeline;

namespace AzImageTools.Commands.Disks;

/// <summary>
/// Reads registry values of the Windows on disk images, by the paths of a running Windows. Nothing is mounted or loaded;
/// changes that Windows had not wholly written are read from the hives' logs.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzVhdRegistryValue", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = PathSet, HelpUri = HelpPages.Root + "Get-AzVhdRegistryValue.md")]
[OutputType(typeof(GuestRegistryValue))]
public sealed class GetAzVhdRegistryValueCommand : AzureDiskCmdlet
{
    /// <summary>
    /// Keys, with wildcards in any name: below HKLM SYSTEM (with CurrentControlSet), SOFTWARE, SAM, SECURITY, COMPONENTS,
    /// DRIVERS, DEFAULT and BCD00000000; below HKU the name of a profile's folder, a security identifier, or .DEFAULT; HKCR.
    /// </summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.RegistryKey, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DiskRegistryKeyCompleter))]
    public string[] Key { get; set; } = [];

    /// <summary>The values' names, with wildcards; "(default)" for a key's default value. Without it, all values.</summary>
    [Parameter(Position = 2)]
    [AllowEmptyString]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    /// <summary>Reads the values of all keys below too.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

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

    private protected override DiskFormat? ImageFormat => Format;

    private protected override DiskReading PrepareReading()
    {
        (string[] keys, string?[] names, string? volume, bool recurse) = (Key, Name ?? [null!], Volume, Recurse);
        return async (disk, sink, context) =>
        {
            using GuestRegistry registry = GuestRegistry.Open(disk.Image, volume, sink.WriteWarning);
            foreach (string key in keys)
            {
                foreach (string? name in names)
                {
                    await sink.WriteFoundAsync(registry.Find(key, name, recurse), sink.WriteObjectAsync, context).ConfigureAwait(false);
                }
            }
        };
    }
}
