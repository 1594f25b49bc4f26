using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AzImageTools.Sandbox.Arm.Network;

/// <summary>A range of IPv4 addresses in the form 10.0.0.0/24.</summary>
/// <param name="First">The first address as a number.</param>
/// <param name="Length">How many bits all addresses have in common.</param>
internal sealed record AddressPrefix(uint First, int Length)
{
    /// <summary>How many of a subnet's first addresses are Azure's own; so is the last.</summary>
    private const int Reserved = 4;

    private uint Last => First | (uint)((1UL << (32 - Length)) - 1);

    public static AddressPrefix? TryParse(string? text)
    {
        var parts = (text ?? "").Split('/');
        if (parts.Length != 2
            || !IPAddress.TryParse(parts[0], out var address)
            || address.AddressFamily != AddressFamily.InterNetwork
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length is < 2 or > 29)
        {
            return null;
        }

        var bytes = address.GetAddressBytes();
        var first = ((uint)bytes[0] << 24) | ((uint)bytes[1] << 16) | ((uint)bytes[2] << 8) | bytes[3];
        var prefix = new AddressPrefix(first, length);
        return (first & (prefix.Last ^ prefix.First)) == 0 && (first & (uint)((1UL << (32 - length)) - 1)) == 0 ? prefix : null;
    }

    public bool Contains(AddressPrefix other) => other.First >= First && other.Last <= Last;

    public bool Overlaps(AddressPrefix other) => other.First <= Last && First <= other.Last;

    /// <summary>The first address that a machine can have and none has; null where all are taken.</summary>
    public string? FindFree(ICollection<string> taken)
    {
        for (var address = First + Reserved; address < Last; address++)
        {
            var text = string.Join(".", address >> 24, (address >> 16) & 255, (address >> 8) & 255, address & 255);
            if (!taken.Contains(text))
            {
                return text;
            }
        }

        return null;
    }
}
