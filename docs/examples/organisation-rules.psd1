# Rules of an organisation's own, for Test-SysprepReadiness -RulePath. docs/readiness.md tells what may stand here.
@{
    Rules = @(
        @{
            Id       = 'Contoso.NoTelnet'
            Title    = 'No Telnet server is installed'
            Severity = 'Blocker'
            Remedy   = 'Uninstall-WindowsFeature Telnet-Server'
            Source   = 'https://wiki.contoso.com/images#telnet'
            Checks   = @{ Service = 'TlntSvr'; Exists = $false }
        }
        @{
            Id       = 'Contoso.RemoteDesktop'
            Title    = 'Remote Desktop asks for network-level authentication, on its usual port'
            Severity = 'Warning'
            Checks   = @(
                @{ Registry = 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp'; Value = 'UserAuthentication'; Equals = 1 }
                @{ Registry = 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp'; Value = 'PortNumber'; Equals = 3389 }
            )
        }
    )
}
