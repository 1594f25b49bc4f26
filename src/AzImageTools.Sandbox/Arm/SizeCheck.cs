using System.Net;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Refuses a machine of a size that can't start its disk.</summary>
internal static class SizeCheck
{
    /// <summary>Nothing is refused of a size that the sandbox does not know.</summary>
    /// <param name="size">Such as Standard_D2s_v5.</param>
    /// <param name="security">The machine's security type; null for none.</param>
    /// <param name="source">What its OS disk is, with the machine's generation.</param>
    public static void Check(string? size, string? security, DiskSource source)
    {
        if (Skus.FindMachine(size) is not { } sku)
        {
            return;
        }

        var architecture = source.Architecture ?? "x64";
        if (!JsonReading.Same(architecture, sku.Architecture))
        {
            throw Refused("Cannot create a VM of size '" + sku.Name + "' because this VM size only supports a CPU Architecture of '" + sku.Architecture
                + "', but an image or disk with CPU Architecture '" + architecture + "' was given. Please check that the CPU Architecture of the image or disk is compatible with that of the VM size.");
        }

        if (!sku.Generations.Contains(source.Generation, StringComparer.Ordinal))
        {
            var generation = source.Generation is "V2" ? "2" : "1";
            throw Refused("The selected VM size '" + sku.Name + "' cannot boot Hypervisor Generation '" + generation
                + "'. If this was a Create operation please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size. "
                + "If this was an Update operation please select a Hypervisor Generation '" + generation + "' VM Size. For more information, see https://aka.ms/azuregen2vm");
        }

        if (!sku.Controllers.Intersect(source.Controllers, StringComparer.Ordinal).Any())
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "InvalidParameter",
                "The VM size '" + sku.Name + "' cannot boot with OS image or disk. Please check that disk controller types supported by the OS image or disk is one of the supported disk controller "
                + "types for the VM size '" + sku.Name + "'. Please query sku api at https://aka.ms/azure-compute-skus  to determine supported disk controller types for the VM size.",
                "vmSize");
        }

        var fits = security switch
        {
            "TrustedLaunch" => sku.HasTrustedLaunch && sku.ConfidentialType is null,
            "ConfidentialVM" => sku.ConfidentialType is not null,
            _ => true,
        };
        if (!fits)
        {
            throw Refused("The VM size '" + sku.Name + "' is not supported for creation of VMs and Virtual Machine Scale Set with '" + security + "' security type.");
        }
    }

    private static ArmException Refused(string message) => new ArmException(HttpStatusCode.BadRequest, "BadRequest", message);
}
